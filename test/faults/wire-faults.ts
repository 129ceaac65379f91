import type { ErrorCode } from "../../src/errors/index.ts";
import type { RawExchange } from "../raw-server.ts";

/** What a server may do to a request instead of answering it. */
export interface WireFault {
  readonly name: string;
  /** The codes an error may have; more than one where it is the kernel that decides. */
  readonly codes: readonly ErrorCode[];
  readonly act: (exchange: RawExchange) => void;
}

const sends =
  (text: string) =>
  ({ socket }: RawExchange): void =>
    void socket.end(text);
const sendsAndResets =
  (text: string) =>
  ({ socket }: RawExchange): void => {
    socket.write(text);
    setTimeout(() => socket.resetAndDestroy(), 5);
  };

const closed = ["ERR_CONNECTION_CLOSED"] as const;
const reset = ["ERR_CONNECTION_RESET", "ERR_CONNECTION_CLOSED"] as const;
const truncated = ["ERR_BODY_TRUNCATED"] as const;
const malformed = ["ERR_MALFORMED_RESPONSE"] as const;

/** Connections that break after the request was sent, in every phase of the answer. */
export const breaks: readonly WireFault[] = [
  { name: "closed before the answer", codes: closed, act: sends("") },
  { name: "reset before the answer", codes: reset, act: ({ socket }) => void socket.resetAndDestroy() },
  { name: "closed inside the status line", codes: closed, act: sends("HTTP/1.1 20") },
  { name: "closed inside the headers", codes: closed, act: sends("HTTP/1.1 200 OK\r\ncontent-le") },
  { name: "reset inside the headers", codes: reset, act: sendsAndResets("HTTP/1.1 200 OK\r\ncontent-le") },
  { name: "closed before the body", codes: truncated, act: sends("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n") },
  { name: "closed inside the body", codes: truncated, act: sends("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf") },
  { name: "reset inside the body", codes: truncated, act: sendsAndResets("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf") },
  { name: "closed inside a chunk", codes: truncated, act: sends("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel") },
  { name: "closed between chunks", codes: truncated, act: sends("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n") },
  {
    name: "closed before the last line of the chunks",
    codes: truncated,
    act: sends("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n"),
  },
  { name: "reset inside a chunk", codes: truncated, act: sendsAndResets("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel") },
];

/** Answers that are no HTTP, or HTTP that means two things. */
export const garbage: readonly WireFault[] = [
  { name: "a banner of another protocol", codes: malformed, act: sends("220 mail.example.com ESMTP\r\n") },
  { name: "a status line without a status", codes: malformed, act: sends("HTTP/1.1 OK\r\n\r\n") },
  { name: "a status of four digits", codes: malformed, act: sends("HTTP/1.1 2000 OK\r\n\r\n") },
  { name: "a version that is none", codes: malformed, act: sends("HTTP/x.y 200 OK\r\ncontent-length: 0\r\n\r\n") },
  { name: "HTML without headers", codes: malformed, act: sends("<html>Bad Gateway</html>") },
  { name: "zero bytes", codes: malformed, act: ({ socket }) => void socket.end(Buffer.alloc(64)) },
  {
    name: "two lengths",
    codes: malformed,
    act: sends("HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 4\r\n\r\nabcd"),
  },
  {
    name: "a length that no number holds",
    codes: malformed,
    act: sends("HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\nab"),
  },
  {
    name: "a chunk size that no number holds",
    codes: malformed,
    act: sends("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\nab\r\n0\r\n\r\n"),
  },
];

/** Servers that fall silent: nothing more comes, and the connection stays open. */
export const stalls: readonly (Omit<WireFault, "codes"> & { readonly phase: "wait" | "receive" })[] = [
  { name: "before the answer", phase: "wait", act: () => undefined },
  { name: "inside the status line", phase: "wait", act: ({ socket }) => void socket.write("HTTP/1.1 2") },
  { name: "inside the headers", phase: "wait", act: ({ socket }) => void socket.write("HTTP/1.1 200 OK\r\nx-a: 1\r\n") },
  { name: "after a 1xx", phase: "wait", act: ({ socket }) => void socket.write("HTTP/1.1 103 Early Hints\r\n\r\n") },
  { name: "before the body", phase: "receive", act: ({ socket }) => void socket.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n") },
  { name: "inside the body", phase: "receive", act: ({ socket }) => void socket.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf") },
  {
    name: "between two chunks",
    phase: "receive",
    act: ({ socket }) => void socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n"),
  },
];
