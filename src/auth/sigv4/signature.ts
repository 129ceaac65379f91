import { createHash, createHmac } from "node:crypto";

/** What a signature is good for. */
export interface SigningScope {
  /** "20150830T123600Z". */
  readonly timestamp: string;
  readonly region: string;
  readonly service: string;
}

/** Derives the key of a day, and keeps it for the next request. */
export class SigningKey {
  #last: { readonly of: string; readonly secret: string; readonly key: Buffer } | undefined;

  /** AWS Signature Version 4, "Calculate the signature". */
  derive(secret: string, { timestamp, region, service }: SigningScope): Buffer {
    const day = timestamp.slice(0, 8);
    const of = `${day}/${region}/${service}`;
    if (this.#last?.of !== of || this.#last.secret !== secret) {
      const key = [region, service, "aws4_request"].reduce(hmac, hmac(`AWS4${secret}`, day));
      this.#last = { of, secret, key };
    }
    return this.#last.key;
  }
}

export function credentialScope({ timestamp, region, service }: SigningScope): string {
  return `${timestamp.slice(0, 8)}/${region}/${service}/aws4_request`;
}

export function stringToSign(scope: SigningScope, canonicalRequest: string): string {
  return ["AWS4-HMAC-SHA256", scope.timestamp, credentialScope(scope), createHash("sha256").update(canonicalRequest).digest("hex")].join(
    "\n",
  );
}

export function signatureOf(key: Buffer, text: string): string {
  return hmac(key, text).toString("hex");
}

/** "20150830T123600Z" (ISO 8601 basic format, UTC). */
export function timestampOf(nowMs: number): string {
  return new Date(nowMs).toISOString().replace(/[-:]|\.\d{3}/g, "");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
