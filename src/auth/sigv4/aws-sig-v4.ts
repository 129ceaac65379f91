import { InvalidRequestError } from "../../errors/index.ts";
import { isSecret, openSecret, redactUrl, refreshSecret, type Secret } from "../../secrets/index.ts";
import type { Auth, RefusedResponse, SigningRequest } from "../auth.ts";
import { systemClock, type Clock } from "../clock.ts";
import { asSecret } from "../header-auth.ts";
import { LabelledAuth } from "../labelled-auth.ts";
import { invalidOption, readOptions, readText } from "../maker-options.ts";
import { whenReady } from "../when-ready.ts";
import { canonicalRequest } from "./canonical-request.ts";
import { ServerTime } from "./clock-skew.ts";
import { checkAccessKeyId, checkSecretAccessKey, checkSessionToken } from "./credential-checks.ts";
import { credentialScope, signatureOf, SigningKey, stringToSign, timestampOf, type SigningScope } from "./signature.ts";
import { isSignedHeader } from "./signed-headers.ts";

/** What AWS Signature Version 4 signs with. */
export interface AWSSigV4Options {
  /** The signing name: "s3", "execute-api", "es", "aps", "secretsmanager". */
  readonly service: string;
  /** E.g. "eu-central-1"; "us-east-1" for global services. */
  readonly region: string;
  /** The name of the key, e.g. `secret("env:AWS_ACCESS_KEY_ID")`. */
  readonly accessKeyId: string | Secret;
  /** The key; never sent. */
  readonly secretAccessKey: string | Secret;
  /** Of temporary credentials. */
  readonly sessionToken?: string | Secret;
  /** Leaves the body out of the signature (`UNSIGNED-PAYLOAD`), for streams to S3 over https. @default false */
  readonly unsignedPayload?: boolean;
}

const names = ["service", "region", "accessKeyId", "secretAccessKey", "sessionToken", "unsignedPayload"];

/** They take the key of an object as it is, and want the payload's hash in a header. */
const objectStores: ReadonlySet<string> = new Set(["s3", "s3express", "s3-object-lambda", "s3-outposts"]);
/** They refuse a request without `x-amz-content-sha256`. */
const wantsContentHash: ReadonlySet<string> = new Set([...objectStores, "glacier", "aoss", "vpc-lattice-svcs"]);

/**
 * AWS Signature Version 4, for AWS and what speaks like it (MinIO, R2, Ceph).
 *
 * The body is hashed before it is sent, files by reading them twice. A stream that can be read once needs `unsignedPayload`, or its hash in
 * the header `x-amz-content-sha256`. A clock that is wrong is corrected by the server's, with a warning.
 * @example awsSigV4({ service: "s3", region: "eu-central-1", accessKeyId: secret("env:AWS_ACCESS_KEY_ID"), secretAccessKey: secret("env:AWS_SECRET_ACCESS_KEY") })
 * @throws InvalidRequestError `ERR_INVALID_OPTION` for an unknown or missing option; when signing, `ERR_INVALID_HEADER` for a key that
 * cannot be one, `ERR_INVALID_BODY` for a body that cannot be hashed
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function awsSigV4(options: AWSSigV4Options): Auth {
  return new AWSSigV4(options);
}

/** @internal the clock is replaced by tests */
export class AWSSigV4 extends LabelledAuth implements Auth {
  /** 403 and, from some services, 400 are how AWS refuses signatures. */
  readonly challengedBy: readonly number[] = [400, 401, 403];
  readonly #service: string;
  readonly #region: string;
  readonly #isUnsigned: boolean;
  readonly #accessKeyId: string | Secret;
  readonly #secretAccessKey: Secret;
  readonly #sessionToken: Secret | undefined;
  readonly #time: ServerTime;
  readonly #key = new SigningKey();
  /** What was added to the clock for a signature. */
  readonly #usedOffsets = new WeakMap<SigningRequest, number>();

  constructor(options: AWSSigV4Options, clock: Clock = systemClock) {
    const {
      service,
      region,
      accessKeyId,
      secretAccessKey,
      sessionToken,
      unsignedPayload = false,
    } = readOptions(options, { maker: "awsSigV4()", names });
    const pattern = /^[A-Za-z0-9_.-]+$/;
    readText(service, "service of awsSigV4()", { pattern, means: 'a signing name such as "s3"' });
    readText(region, "region of awsSigV4()", { pattern, means: 'a region such as "eu-central-1"' });
    super("awsSigV4", `${service} ${region}`);
    this.#service = service;
    this.#region = region;
    this.#accessKeyId = isSecret(accessKeyId) ? accessKeyId : checkAccessKeyId(accessKeyId);
    this.#secretAccessKey = asSecret(secretAccessKey, { maker: "awsSigV4()", label: "secretAccessKey" });
    this.#sessionToken = sessionToken === undefined ? undefined : asSecret(sessionToken, { maker: "awsSigV4()", label: "sessionToken" });
    if (typeof unsignedPayload !== "boolean") throw invalidOption("unsignedPayload of awsSigV4() must be true or false");
    this.#isUnsigned = unsignedPayload;
    this.#time = new ServerTime(clock);
  }

  sign(request: SigningRequest): void | Promise<void> {
    if (request.hasHeader("authorization")) return;
    const headers = [...(request.headers?.() ?? [])].filter(([name]) => isSignedHeader(name) && !this.#isOwnHeader(name));
    const keys = [
      opened(this.#accessKeyId),
      openSecret(this.#secretAccessKey),
      this.#sessionToken === undefined ? "" : openSecret(this.#sessionToken),
    ];
    const given = headers.flatMap(([, values]) => values.map(opened));
    // Last: where a secret cannot be opened no file is being read for nothing.
    const payload = this.#payloadHash(request);
    return whenReady(
      [payload, ...keys, ...given],
      ([payloadHash = "", accessKeyId = "", secretAccessKey = "", sessionToken = "", ...texts]) => {
        const lines = headers.map(([name, values]) => [name, texts.splice(0, values.length)] as const);
        this.#signOpened(request, { payloadHash, accessKeyId, secretAccessKey, sessionToken, headers: lines });
      },
    );
  }

  /** True when the clock was wrong, or credentials that come from elsewhere have changed. */
  async challenge(response: RefusedResponse, request: SigningRequest): Promise<boolean> {
    const usedOffsetMs = this.#usedOffsets.get(request);
    if (usedOffsetMs === undefined) return false;
    if (this.#time.learnFrom(response, { usedOffsetMs, host: request.url.host })) return true;
    // A 400 is most often the request's own fault: not worth asking a secret store.
    if (response.status === 400) return false;
    const secrets = [this.#accessKeyId, this.#secretAccessKey, this.#sessionToken].filter(isSecret);
    return (await Promise.all(secrets.map(refreshSecret))).includes(true);
  }

  #signOpened(request: SigningRequest, { payloadHash, accessKeyId, secretAccessKey, sessionToken, headers }: Opened): void {
    const scope: SigningScope = { timestamp: timestampOf(this.#time.now()), region: this.#region, service: this.#service };
    const own: [string, string][] = [["X-Amz-Date", scope.timestamp]];
    if (wantsContentHash.has(this.#service) || this.#isUnsigned || request.hasHeader(contentHash))
      own.push(["X-Amz-Content-Sha256", payloadHash]);
    if (this.#sessionToken !== undefined) own.push(["X-Amz-Security-Token", checkSessionToken(sessionToken, this.#sessionToken)]);
    for (const [name, value] of own) request.setHeader(name, value);
    const { method, url } = request;
    const host: [string, string[]][] = request.hasHeader("host") ? [] : [["host", [url.host]]];
    const signed = [...host, ...headers, ...own.map(([name, value]) => [name, [value]] as const)];
    const isS3 = objectStores.has(this.#service);
    const { text, signedHeaders } = canonicalRequest({
      method,
      path: url.pathname,
      search: url.search,
      headers: signed,
      payloadHash,
      isS3,
    });
    const key = this.#key.derive(checkSecretAccessKey(secretAccessKey, this.#secretAccessKey), scope);
    const signature = signatureOf(key, stringToSign(scope, text));
    const credential = `${checkAccessKeyId(accessKeyId)}/${credentialScope(scope)}`;
    request.setHeader("Authorization", `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signedHeaders}, Signature=${signature}`);
    this.#usedOffsets.set(request, this.#time.offsetMs);
  }

  /** Set anew at each signature. */
  #isOwnHeader(name: string): boolean {
    const lower = name.toLowerCase();
    return lower === contentHash || lower === "x-amz-date" || (lower === "x-amz-security-token" && this.#sessionToken !== undefined);
  }

  #payloadHash(request: SigningRequest): string | Promise<string> {
    for (const [name, [value]] of request.headers?.() ?? []) {
      // The caller's own, e.g. of a stream whose hash is known.
      if (name.toLowerCase() === contentHash && typeof value === "string") return value;
    }
    if (this.#isUnsigned) return "UNSIGNED-PAYLOAD";
    const hash = request.bodyHash?.("sha256");
    if (hash === undefined) throw unhashable(request);
    return hash;
  }
}

interface Opened {
  readonly payloadHash: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly headers: readonly (readonly [name: string, values: readonly string[]])[];
}

const contentHash = "x-amz-content-sha256";

function opened(value: string | Secret): string | Promise<string> {
  return isSecret(value) ? openSecret(value) : value;
}

function unhashable({ method, url }: SigningRequest): InvalidRequestError {
  return new InvalidRequestError({
    code: "ERR_INVALID_BODY",
    message: `${method} ${redactUrl(url)}: AWS wants the hash of the body before the body, and a stream that can be read once cannot be hashed first.`,
    hint: "Give bytes, a Blob or { path } as the body; or awsSigV4({ unsignedPayload: true }) for S3 over https; or the hash in the header x-amz-content-sha256.",
  });
}
