import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readTranscript } from "./transcript.ts";

const record = (type: number, body: readonly number[]): number[] => [type, 3, 3, body.length >> 8, body.length & 0xff, ...body];
const message = (type: number, body: readonly number[]): number[] => [type, 0, body.length >> 8, body.length & 0xff, ...body];
const serverHello = (suite: number): number[] => message(2, [3, 3, ...Array.from({ length: 32 }, () => 1), 0, suite >> 8, suite & 0xff, 0]);
const read = (...records: readonly number[][]) => readTranscript(Buffer.from(records.flat()));

describe("readTranscript", () => {
  it("knows when nothing came, and what is no TLS", () => {
    expect(read()).toMatchObject({ isTLS: undefined, sizeBytes: 0, banner: undefined });
    expect(readTranscript(Buffer.from("SSH-2.0-x\r\nmore"))).toMatchObject({ isTLS: false, banner: "SSH-2.0-x" });
  });

  it("tells a fatal alert from a warning and from an encrypted one", () => {
    expect(read(record(21, [1, 112]), record(21, [2, 40])).alert).toBe(40);
    expect(read(record(21, [1, 112])).alert).toBeUndefined();
    expect(read(record(20, [1]), record(21, [2, 40])).alert).toBeUndefined();
  });

  it("puts messages together that are spread over records", () => {
    const flight = [
      ...serverHello(0x9e),
      ...message(11, [0, 0, 5, 0, 0, 2, 0x30, 0]),
      ...message(12, [0, 2, 0x7f, 0xff]),
      ...message(13, [0]),
    ];
    const { certificates, ...rest } = read(record(22, flight.slice(0, 9)), record(22, flight.slice(9, 50)), record(22, flight.slice(50)));
    expect(certificates.map((der) => der.toString("hex"))).toEqual(["3000"]);
    expect(rest).toMatchObject({ hasServerHello: true, isCertificateRequested: true, dhBits: 15 });
  });

  it("sees a prime only in a Diffie-Hellman suite", () => {
    expect(read(record(22, [...serverHello(0xc02f), ...message(12, [0, 2, 0x7f, 0xff])])).dhBits).toBeUndefined();
  });

  it("reads what it can of any bytes", () => {
    const bytes = fc.uint8Array({ maxLength: 80 });
    fc.assert(
      fc.property(fc.array(fc.record({ type: fc.constantFrom(20, 21, 22, 23), body: bytes }), { maxLength: 4 }), bytes, (records, tail) => {
        const { sizeBytes } = readTranscript(Buffer.from([...records.flatMap(({ type, body }) => record(type, [...body])), ...tail]));
        expect(sizeBytes).toBeGreaterThanOrEqual(tail.length);
      }),
    );
  });
});
