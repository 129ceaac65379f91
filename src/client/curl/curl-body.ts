import { encodeBody, guessType, type BodySource } from "../../body/index.ts";
import { redactText } from "../../secrets/index.ts";
import type { Call } from "../call.ts";
import type { CurlCommand } from "./curl-command.ts";
import { addForm, addMultipart } from "./curl-form.ts";
import { jsonText } from "./curl-json.ts";
import type { BodyShape } from "./curl-limits.ts";

/** Linux takes 128 KiB an argument. */
const maxArgumentBytes = 100_000;
/** A longer body is no help in a command line: curl takes it from a file. */
const maxInlineBytes = 1_000_000;

interface AddedBody extends BodyShape {
  /** Default Content-Type; `undefined` where errand sends none, `"form"` where curl writes it itself. */
  readonly type: string | undefined;
}

/** Methods that announce an empty body by Content-Length: 0 (RFC 9110 8.6). */
const bodyMethods: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);
const formType = "application/x-www-form-urlencoded";
const none: AddedBody = { hasBody: false, isStreamed: false, isUpload: false, isOneShot: false, holdsCredential: false, type: undefined };
const plain: AddedBody = { ...none, hasBody: true };

/** Adds the body and its Content-Type, and tells what it is like. */
export function addBody(command: CurlCommand, call: Call): BodyShape {
  const added = addContent(command, call);
  if (!added.hasBody) return added;
  // curl calls every body a form unless it is told otherwise.
  const isTold = call.headers.has("content-type") || added.type === "multipart" || added.type === formType;
  if (!isTold) command.add("--header", added.type === undefined ? "Content-Type:" : `Content-Type: ${added.type}`);
  // curl would wait for a 100 Continue with large bodies.
  if (added.isStreamed || added.type === "multipart") command.add("--header", "Expect:");
  return added;
}

function addContent(command: CurlCommand, call: Call): AddedBody {
  const { body, json, form, files } = call.options;
  refuseSecond(call.options);
  if (json !== undefined) return addJson(command, json);
  if (body !== undefined) return addSource(command, body);
  if (files !== undefined && Object.values(files).some((file) => file !== undefined && !(Array.isArray(file) && file.length === 0))) {
    const holdsCredential = addMultipart(command, files, form);
    return { ...plain, isStreamed: true, isOneShot: command.hasInput, holdsCredential, type: "multipart" };
  }
  if (form !== undefined) return { ...plain, holdsCredential: addForm(command, form), type: formType };
  if (!bodyMethods.has(call.method)) return none;
  command.add("--data-raw", "");
  return plain;
}

/** Two bodies are refused here as they are when the call is made, in the same words. */
function refuseSecond({ body, json, form, files }: Call["options"]): void {
  const given = (value: unknown): boolean => value !== undefined;
  void encodeBody({
    ...(given(json) ? { json: null } : {}),
    ...(given(body) ? { body: "" } : {}),
    ...(given(form) ? { form: {} } : {}),
    ...(given(files) ? { files: {} } : {}),
  });
}

function addJson(command: CurlCommand, json: unknown): AddedBody {
  const encoded = encodeBody({ json });
  const bytes = encoded instanceof Promise ? undefined : encoded?.bytes;
  const text = jsonText(command, bytes?.toString() ?? "", json);
  const isLiteral = text.every((piece) => typeof piece === "string");
  if (isLiteral && bytes !== undefined) addBytes(command, bytes);
  else command.add("--data-raw", text);
  return { ...plain, holdsCredential: !isLiteral, type: "application/json" };
}

function addSource(command: CurlCommand, body: BodySource): AddedBody {
  if (typeof body === "string") {
    if (redactText(body) === body) addBytes(command, Buffer.from(body));
    else command.add("--data-raw", [command.hide("body", body)]);
    return { ...plain, holdsCredential: redactText(body) !== body, type: "text/plain;charset=UTF-8" };
  }
  if (body instanceof URLSearchParams) return { ...plain, holdsCredential: addForm(command, body), type: formType };
  if (ArrayBuffer.isView(body)) return addBytes(command, Buffer.from(body.buffer, body.byteOffset, body.byteLength));
  if (body instanceof ArrayBuffer) return addBytes(command, Buffer.from(body));
  if (body instanceof Blob) return addFile(command, "body", { type: body.type === "" ? undefined : body.type });
  if ("path" in body && !(Symbol.asyncIterator in body))
    return addFile(command, body.path, { type: guessType(body.path) ?? "application/octet-stream" });
  command.feed({ path: "body" });
  command.add("--upload-file", "-");
  return { ...plain, isStreamed: true, isUpload: true, isOneShot: true };
}

/** From standard input, so that a shell that cannot open the file sends nothing: curl itself would send an empty body. */
function addFile(command: CurlCommand, path: string, { type }: { readonly type: string | undefined }): AddedBody {
  command.feed({ path });
  command.add("--data-binary", "@-");
  return { ...plain, isStreamed: true, type };
}

function addBytes(command: CurlCommand, bytes: Buffer): AddedBody {
  const text = bytes.toString();
  if (bytes.length > maxInlineBytes) return addFile(command, "body", { type: undefined });
  const isArgument = bytes.length <= maxArgumentBytes && !/[\x00-\x1f\x7f]/.test(text) && Buffer.from(text).equals(bytes);
  if (isArgument) {
    command.add("--data-raw", text);
  } else {
    command.feed({ bytes });
    command.add("--data-binary", "@-");
  }
  return plain;
}
