import { createHash, createHmac } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** What arrived, as a server sees it. */
export interface Arrived {
  readonly method: string;
  /** The request target, raw. */
  readonly url: string;
  readonly headers: IncomingMessage["headers"] | Readonly<Record<string, string>>;
  readonly body: string;
}

/** What is wrong with a signature, worked out from the request as it arrived; undefined when nothing is. */
export function checkSigV4(
  { method, url, headers, body }: Arrived,
  { secretKey, isS3 = false }: { readonly secretKey: string; readonly isS3?: boolean },
): string | undefined {
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      String(headers["authorization"]),
    );
  if (match === null) return `no signature: ${headers["authorization"]}`;
  const [, , day = "", region = "", service = "", names = "", signature] = match;
  const missing = Object.keys(headers).filter(
    (name) => (name.startsWith("x-amz-") || name === "host" || name === "content-type") && !names.split(";").includes(name),
  );
  if (missing.length > 0) return `not signed: ${missing.join()}`;
  const hash = (text: string): string => createHash("sha256").update(text, "latin1").digest("hex");
  const given = headers["x-amz-content-sha256"];
  const payload = given ?? hash(body);
  if (payload !== "UNSIGNED-PAYLOAD" && payload !== hash(body)) return "the body is not what was signed";
  const [path = "", query = ""] = url.split(/\?(.*)/s);
  const canonical = [
    method,
    isS3
      ? path
          .split("/")
          .map((part) => strict(decodeURIComponent(part)).replaceAll("%2F", "/"))
          .join("/")
      : path
          .replaceAll(/\/{2,}/g, "/")
          .split("/")
          .map(strict)
          .join("/"),
    query
      .split("&")
      .filter(Boolean)
      .map((pair) => pair.split(/=(.*)/s))
      .map(([name = "", value = ""]) => [form(name), form(value)])
      .sort(([a = "", x = ""], [b = "", y = ""]) => (a === b ? Number(x > y) - Number(x < y) : a > b ? 1 : -1))
      .map((pair) => pair.join("="))
      .join("&"),
    ...names.split(";").map((name) => `${name}:${String(headers[name]).trim().replaceAll(/\s+/g, " ")}`),
    "",
    names,
    payload,
  ].join("\n");
  const mac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();
  const key = mac(mac(mac(mac(`AWS4${secretKey}`, day), region), service), "aws4_request");
  const date = String(headers["x-amz-date"]);
  if (!date.startsWith(day)) return "x-amz-date is of another day";
  const expected = mac(
    key,
    `AWS4-HMAC-SHA256\n${date}\n${day}/${region}/${service}/aws4_request\n${hash(Buffer.from(canonical).toString("latin1"))}`,
  ).toString("hex");
  return expected === signature ? undefined : `signature of ${JSON.stringify(canonical)}`;
}

function strict(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** As a servlet container reads a query. */
function form(text: string): string {
  return strict(decodeURIComponent(text.replaceAll("+", " ")));
}
