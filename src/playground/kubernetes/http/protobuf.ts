import type { Json, JsonObject } from "../json.ts";
import { type FieldType, messageTypes, type MessageType } from "./protobuf-types.ts";

/** Kubernetes' protobuf envelope begins with these bytes. */
const MAGIC = Buffer.from("k8s\0");

/** A message that cannot be turned into JSON without losing something. */
export class ProtobufError extends Error {
  override readonly name = "ProtobufError";
}

/**
 * Decodes the body newer kubectls send for what they create themselves (`create deployment`, `auth can-i`). Only the
 * messages of protobuf-types.ts are known; a field outside of them is an error, never dropped.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding
 */
export function decodeProtobuf(body: Buffer): JsonObject {
  if (!body.subarray(0, 4).equals(MAGIC))
    throw new ProtobufError("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
  const envelope = readFields(body.subarray(4));
  const typeMeta = readFields(asBytes(envelope.find((field) => field.number === 1)?.value));
  const text = (number: number): string => asBytes(typeMeta.find((field) => field.number === number)?.value).toString("utf8");
  const [apiVersion, kind] = [text(1), text(2)];
  const type = messageTypes[kind];
  if (type === undefined) throw new ProtobufError(`the stand-in does not read ${kind} as protobuf: send application/json`);
  return { kind, apiVersion, ...readMessage(asBytes(envelope.find((field) => field.number === 2)?.value), type) };
}

interface RawField {
  readonly number: number;
  readonly value: Buffer | bigint;
}

function asBytes(value: Buffer | bigint | undefined): Buffer {
  return Buffer.isBuffer(value) ? value : Buffer.alloc(0);
}

function readFields(bytes: Buffer): RawField[] {
  const fields: RawField[] = [];
  let at = 0;
  const varint = (): bigint => {
    let result = 0n;
    for (let shift = 0n; at < bytes.length; shift += 7n) {
      const byte = bytes.readUInt8(at);
      at += 1;
      result |= BigInt(byte & 127) << shift;
      if (byte < 128) return result;
      if (shift > 63n) break;
    }
    throw new ProtobufError("proto: illegal varint");
  };
  const take = (sizeBytes: number): Buffer => {
    if (at + sizeBytes > bytes.length) throw new ProtobufError("unexpected EOF");
    at += sizeBytes;
    return bytes.subarray(at - sizeBytes, at);
  };
  while (at < bytes.length) {
    const tag = varint();
    const number = Number(tag >> 3n);
    const wire = Number(tag & 7n);
    if (wire === 0) fields.push({ number, value: varint() });
    else if (wire === 2) fields.push({ number, value: take(Number(varint())) });
    else throw new ProtobufError(`proto: wire type ${wire} is not used by the Kubernetes API`);
  }
  return fields;
}

function readMessage(bytes: Buffer, type: MessageType): JsonObject {
  const result: JsonObject = {};
  for (const { number, value } of readFields(bytes)) {
    const field = type[number];
    if (field === undefined) {
      // Empty messages and zeros of fields the table does not name lose nothing.
      if (value === 0n || (Buffer.isBuffer(value) && value.length === 0)) continue;
      throw new ProtobufError(`the stand-in does not know field ${number} of this protobuf message: send application/json`);
    }
    const [name, kind] = field;
    if (kind === "ignored") continue;
    result[name] = merged(result[name], readValue(value, kind), kind);
  }
  return result;
}

function merged(before: Json | undefined, value: Json, kind: FieldType): Json {
  if (typeof kind !== "object" || kind.repeats === undefined) return value;
  if (kind.repeats === "list") return Array.isArray(before) ? [...before, value] : [value];
  return { ...(isRecord(before) ? before : {}), ...(isRecord(value) ? value : {}) };
}

function isRecord(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function readValue(value: Buffer | bigint, kind: FieldType): Json {
  if (typeof kind === "object") {
    if (kind.repeats === "map") return readEntry(asBytes(value), kind.of);
    return readValue(value, kind.of);
  }
  if (typeof kind === "function") return readMessage(asBytes(value), kind());
  switch (kind) {
    case "string":
      return asBytes(value).toString("utf8");
    case "bytes":
      return asBytes(value).toString("base64");
    case "integer":
      return typeof value === "bigint" ? Number(BigInt.asIntN(64, value)) : 0;
    case "boolean":
      return value === 1n;
    case "time":
      return readTime(asBytes(value));
    case "intOrString":
      return readIntOrString(asBytes(value));
    case "ignored":
      return null;
  }
}

function readEntry(bytes: Buffer, valueType: FieldType): JsonObject {
  const fields = readFields(bytes);
  const key = asBytes(fields.find((field) => field.number === 1)?.value).toString("utf8");
  return { [key]: readValue(fields.find((field) => field.number === 2)?.value ?? Buffer.alloc(0), valueType) };
}

/** An empty Time is how clients send no time. */
function readTime(bytes: Buffer): Json {
  const seconds = readFields(bytes).find((field) => field.number === 1)?.value;
  return typeof seconds === "bigint" ? new Date(Number(seconds) * 1000).toISOString().replace(".000", "") : null;
}

function readIntOrString(bytes: Buffer): Json {
  const fields = readFields(bytes);
  const of = (number: number): Buffer | bigint | undefined => fields.find((field) => field.number === number)?.value;
  if (of(1) === 1n) return asBytes(of(3)).toString("utf8");
  const number = of(2);
  return typeof number === "bigint" ? Number(BigInt.asIntN(64, number)) : 0;
}
