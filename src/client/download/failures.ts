import {
  AbortError,
  ConnectionError,
  DecodeError,
  InvalidRequestError,
  RequestError,
  type ErrorCode,
  type RequestSummary,
} from "../../errors/index.ts";
import { redactText } from "../../secrets/index.ts";

/** Codes of what goes wrong on this machine's side of a download. */
const codes = {
  file: "ERR_FILE",
  exists: "ERR_FILE_EXISTS",
  busy: "ERR_DOWNLOAD_BUSY",
  checksum: "ERR_CHECKSUM",
} as const satisfies Record<string, ErrorCode>;

const reasons: ReadonlyMap<unknown, readonly [reason: string, hint: string]> = new Map([
  ["ENOSPC", ["the disk is full", "Free some space, or download to another disk."]],
  ["EDQUOT", ["the disk quota is used up", "Free some space, or download to another disk."]],
  ["EFBIG", ["it is larger than a file may be here", "Raise the file size limit (ulimit -f), or download to another file system."]],
  ["EACCES", ["this user may not write there", "Choose another directory, or change its permissions."]],
  ["EPERM", ["this user may not write there", "Choose another directory, or change its permissions."]],
  ["EROFS", ["the file system is read-only", "Choose another directory."]],
  ["ENOENT", ["its directory does not exist", "Make the directory first; a relative path starts at the working directory."]],
  ["ENOTDIR", ["its path goes through a file that is not a directory", "Check the path."]],
  ["EISDIR", ["it is a directory", "Name a file, or end the path in / to let the server name it."]],
  ["ELOOP", ["a symbolic link stands in its place", "Remove the link: a download does not write through it."]],
  ["ENAMETOOLONG", ["the name is too long; .part.lock must fit behind it", "Choose a shorter name."]],
  ["EMFILE", ["too many files are open", "Close some, or raise the limit (ulimit -n)."]],
  ["EIO", ["the disk failed", "Look into the kernel's log: dmesg."]],
]);

/** An error of the file system, in words; anything else as it is. */
export function fileFailure(cause: unknown, path: string, request: RequestSummary): unknown {
  if (!(cause instanceof Error) || !("code" in cause) || !("syscall" in cause)) return cause;
  const [reason, hint] = reasons.get(cause.code) ?? [
    `${String(cause.syscall)} failed (${String(cause.code)})`,
    "error.cause is the operating system's own error.",
  ];
  return new RequestError({ code: codes.file, message: `${place(request)}cannot write ${path}: ${reason}`, hint, request, cause });
}

/** True for an error that says there is no room: what was written so far is in the way. */
export function isOutOfSpace(error: unknown): boolean {
  const cause: unknown = error instanceof RequestError ? error.cause : undefined;
  return cause instanceof Error && "code" in cause && (cause.code === "ENOSPC" || cause.code === "EDQUOT" || cause.code === "EFBIG");
}

export function targetExists(path: string, request: RequestSummary): InvalidRequestError {
  return new InvalidRequestError({
    code: codes.exists,
    message: `${place(request)}${path} exists already`,
    hint: "Give overwrite: true to replace it, or another name.",
    request,
  });
}

export function notAFile(path: string, request: RequestSummary): InvalidRequestError {
  return new InvalidRequestError({
    code: codes.exists,
    message: `${place(request)}${path} is neither a file nor a directory`,
    hint: "Name a file: devices and pipes are not written to.",
    request,
  });
}

export function alreadyRunning({ path, owner }: { path: string; owner: string }, request: RequestSummary): RequestError {
  return new RequestError({
    code: codes.busy,
    message: `${place(request)}${owner} is downloading to the same file`,
    hint: `Wait for it. If there is no such download any more, remove ${path}.`,
    request,
  });
}

export function lockLost(path: string, request: RequestSummary): RequestError {
  return new RequestError({
    code: codes.busy,
    message: `${place(request)}another download took over the file: ${path} is no longer this one's`,
    hint: "This process stood still for minutes, or somebody removed the lock. Look whether the other download succeeded.",
    request,
  });
}

export interface Mismatch {
  readonly expected: string;
  readonly actual: string;
  readonly sizeBytes: number;
  readonly contentType: string | undefined;
}

export function checksumMismatch({ expected, actual, sizeBytes, contentType }: Mismatch, request: RequestSummary): DecodeError {
  const isPage = /^(?:text\/html|application\/xhtml\+xml)\b/i.test(contentType ?? "");
  return new DecodeError({
    code: codes.checksum,
    message: `${place(request)}the file is not the expected one: sha256 is ${actual}, not ${expected} (${sizeBytes} bytes); it was removed`,
    hint: isPage
      ? "The server sent an HTML page: a login or error page looks like this."
      : "Check the checksum's source first; then whether the file was replaced, or changed on the way.",
    request,
  });
}

export function noDownload(status: number, request: RequestSummary): DecodeError {
  return new DecodeError({
    code: "ERR_DECODE",
    message: `${place(request)}answered ${status}, which brings no file`,
    hint:
      status < 400 && status >= 300
        ? "Allow redirects, or download from its Location."
        : "Check the address, and what the API says about it.",
    request,
  });
}

export function htmlPage(contentType: string, name: string, request: RequestSummary): DecodeError {
  return new DecodeError({
    code: "ERR_DECODE",
    message: `${place(request)}answered with an HTML page (${redactText(contentType).slice(0, 60)}) where ${name} was expected`,
    hint: "A login or error page looks like this: check the address and the credentials. If the server only mislabels the file, give html: true.",
    request,
  });
}

export function incomplete({ sizeBytes, totalBytes }: { sizeBytes: number; totalBytes: number }, request: RequestSummary): RequestError {
  return new ConnectionError({
    code: "ERR_BODY_TRUNCATED",
    message: `${place(request)}the answer ended after ${sizeBytes} of ${totalBytes} bytes`,
    hint: "Repeat the call. If it happens always, the server or a proxy cuts responses.",
    request,
  });
}

export function tooManyBytes(lengthBytes: number, request: RequestSummary): RequestError {
  return new ConnectionError({
    code: "ERR_MALFORMED_RESPONSE",
    message: `${place(request)}more than the promised ${lengthBytes} bytes came`,
    hint: "The server, or a proxy in front of it, counts wrongly.",
    request,
  });
}

/** The same error, which now says what is left for a later call. */
export function withKept<E extends RequestError>(error: E, { path, sizeBytes }: { path: string; sizeBytes: number }): E {
  const told = `${error.message}; ${sizeBytes} bytes are kept in ${path}, and the next call goes on from there`;
  if (error.stack !== undefined) error.stack = error.stack.replace(error.message, () => told);
  error.message = told;
  return error;
}

export function aborted(signal: AbortSignal, request: RequestSummary): AbortError {
  return new AbortError({ code: "ERR_ABORTED", message: `${place(request)}aborted by the caller`, request, cause: signal.reason });
}

function place({ method, url }: RequestSummary): string {
  return `${method} ${url}: `;
}
