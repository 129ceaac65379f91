/** What a server sent in clear before encryption began: what OpenSSL's errors leave out. */
export interface Transcript {
  /** All bytes received, as far as they were kept. */
  readonly sizeBytes: number;
  /** `undefined` when nothing came, `false` when the first bytes are no TLS record. */
  readonly isTLS: boolean | undefined;
  /** The first line of a server that does not speak TLS. */
  readonly banner: string | undefined;
  /** The number of a fatal alert (RFC 8446 6). */
  readonly alert: number | undefined;
  readonly hasServerHello: boolean;
  /** The server asked for a client certificate; visible up to TLS 1.2. */
  readonly isCertificateRequested: boolean;
  /** The certificates in DER, up to TLS 1.2. */
  readonly certificates: readonly Buffer[];
  /** Bits of the prime of a finite-field Diffie-Hellman exchange, up to TLS 1.2. */
  readonly dhBits: number | undefined;
}

const handshakeTypes = { serverHello: 2, certificate: 11, serverKeyExchange: 12, certificateRequest: 13 } as const;

/** Reads the records of RFC 5246 6.2.1 until they are encrypted. Anything may come: it reads what it can and stops. */
export function readTranscript(bytes: Buffer): Transcript {
  const isTLS = bytes.length === 0 ? undefined : isRecord(bytes);
  const { alert, messages } = isTLS === true ? readRecords(bytes) : { alert: undefined, messages: [] };
  const bodyOf = (type: number): Buffer | undefined => messages.find((message) => message.type === type)?.body;
  return {
    sizeBytes: bytes.length,
    isTLS,
    banner: isTLS === false ? (/^[^\r\n]{0,200}/.exec(bytes.toString("latin1"))?.[0] ?? "") : undefined,
    alert,
    hasServerHello: bodyOf(handshakeTypes.serverHello) !== undefined,
    isCertificateRequested: bodyOf(handshakeTypes.certificateRequest) !== undefined,
    certificates: readCertificateList(bodyOf(handshakeTypes.certificate)),
    dhBits: readDhBits(bodyOf(handshakeTypes.serverHello), bodyOf(handshakeTypes.serverKeyExchange)),
  };
}

/** Content types 20 to 23, and a version 3.x; an SSH or SMTP banner and HTTP's text have none of it. */
function isRecord(bytes: Buffer): boolean {
  const [type = 0, major = 3] = bytes;
  return type >= 20 && type <= 23 && major === 3;
}

interface Message {
  readonly type: number;
  readonly body: Buffer;
}

function readRecords(bytes: Buffer): { alert: number | undefined; messages: readonly Message[] } {
  let handshake = Buffer.alloc(0);
  let alert: number | undefined;
  for (let at = 0; at + 5 <= bytes.length;) {
    const type = bytes[at];
    const body = bytes.subarray(at + 5, at + 5 + bytes.readUInt16BE(at + 3));
    at += 5 + bytes.readUInt16BE(at + 3);
    // Longer alerts are encrypted ones; a warning (level 1) such as unrecognized_name ends nothing.
    if (type === 21 && body.length === 2 && body[0] === 2) alert ??= body[1];
    if (type === 22) handshake = Buffer.concat([handshake, body]);
    // ChangeCipherSpec and application data: what follows is encrypted.
    if (type === 20 || type === 23) break;
  }
  return { alert, messages: readMessages(handshake) };
}

function readMessages(bytes: Buffer): readonly Message[] {
  const messages: Message[] = [];
  for (let at = 0; at + 4 <= bytes.length;) {
    const length = bytes.readUIntBE(at + 1, 3);
    if (at + 4 + length > bytes.length) break;
    messages.push({ type: bytes[at] ?? 0, body: bytes.subarray(at + 4, at + 4 + length) });
    at += 4 + length;
  }
  return messages;
}

/** RFC 5246 7.4.2: a list of certificates, each with its length in three bytes. */
function readCertificateList(body: Buffer | undefined): readonly Buffer[] {
  const certificates: Buffer[] = [];
  if (body === undefined) return certificates;
  for (let at = 3; at + 3 <= body.length;) {
    const length = body.readUIntBE(at, 3);
    certificates.push(body.subarray(at + 3, at + 3 + length));
    at += 3 + length;
  }
  return certificates;
}

/** DHE suites of RFC 5246, 5288, 6655, 7905 and Camellia's: only in them does the key exchange begin with a prime. */
function readDhBits(hello: Buffer | undefined, exchange: Buffer | undefined): number | undefined {
  if (hello === undefined || exchange === undefined || exchange.length < 3 || hello.length < 38) return undefined;
  const suite = hello.length >= 37 + (hello[34] ?? 0) ? hello.readUInt16BE(35 + (hello[34] ?? 0)) : 0;
  if (!dheSuites.has(suite)) return undefined;
  const length = exchange.readUInt16BE(0);
  const prime = exchange
    .subarray(2, 2 + length)
    .toString("hex")
    .replace(/^0+/, "");
  return prime === "" ? undefined : BigInt(`0x${prime}`).toString(2).length;
}

const dheSuites = new Set([
  0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x32, 0x33, 0x38, 0x39, 0x40, 0x44, 0x45, 0x67, 0x6a, 0x6b, 0x87, 0x88, 0x9e, 0x9f, 0xa2, 0xa3, 0xbd,
  0xbe, 0xc3, 0xc4, 0xc09e, 0xc09f, 0xc0a2, 0xc0a3, 0xccaa,
]);
