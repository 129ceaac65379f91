import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { painter } from "../../src/cli/output/color.ts";
import { renderDiagnosis } from "../../src/cli/output/diagnosis.ts";
import { main } from "../../src/cli/program.ts";
import { memoryIo } from "../cases/memory-io.ts";
import { daysFromNow, TestAuthority, type CertificateSpec } from "../certificates.ts";
import { examine, resolver } from "../doctor-patient.ts";
import { raw } from "../test-session.ts";
import { root } from "./markdown.ts";

const page = readFileSync(join(root, "docs/guide/doctor.md"), "utf8");
const sessions = [...page.matchAll(/^```console\n\$ errand doctor https:\/\/(?<host>\S+)\n(?<output>[\s\S]*?)^```$/gm)].map(
  ({ groups = {} }) => [groups["host"] ?? "", groups["output"] ?? ""] as const,
);
const validity: Readonly<Record<string, Partial<CertificateSpec>>> = {
  "expired.example.com": { notBefore: daysFromNow(-40), notAfter: daysFromNow(-3) },
  "api.example.com": { notAfter: daysFromNow(60.5) },
};

let authority: TestAuthority;
beforeAll(async () => {
  authority = await TestAuthority.create("Example CA", undefined, { notAfter: daysFromNow(400) });
});

const answer = (): string => `HTTP/1.1 200 OK\r\nDate: ${new Date().toUTCString()}\r\nContent-Length: 0\r\n\r\n`;

/** Without what differs from run to run and from place to place. */
const lasting = (text: string): string =>
  text
    .replaceAll(/\d+(?:\.\d+)? m?s\b/g, "N ms")
    .replaceAll(/\d{4}-\d\d-\d\d/g, "DATE")
    .replaceAll(/\s+/g, " ")
    .trim();

describe("the page of errand doctor", () => {
  it.each(sessions)("shows what is seen of %s", async (host, output) => {
    const identity = await authority.issue({ name: host, names: [{ type: "dns", value: host }], ...validity[host] });
    const { port } = await raw(({ socket }) => void socket.end(answer()), { tls: identity });
    const diagnosis = await examine(`https://${host}:${port}`, { ca: authority.cert }, { lookup: resolver({ [host]: ["127.0.0.1"] }) });
    const seen = renderDiagnosis(diagnosis, { paint: painter(false), columns: 80 })
      .replaceAll(`-connect ${host}:${port}`, `-connect ${host}:443`)
      .replaceAll(`https://${host}:${port}`, `https://${host}`)
      .replaceAll(`127.0.0.1:${port}`, "203.0.113.10:443")
      .replaceAll("127.0.0.1", "203.0.113.10");
    expect(lasting(seen)).toBe(lasting(output));
  });

  it("shows what is seen of a file", async () => {
    const [, command = "", output = ""] = /^```console\n\$ errand (doctor fullchain\.pem .*)\n([\s\S]*?)^```$/m.exec(page) ?? [];
    const folder = await mkdtemp(join(tmpdir(), "errand-docs-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const host = "api.example.com";
    const { cert } = await authority.issue({ name: host, names: [{ type: "dns", value: host }], ...validity[host] });
    await writeFile(join(folder, "fullchain.pem"), cert);
    await writeFile(join(folder, "root.pem"), authority.cert);
    const io = memoryIo({ cwd: folder });
    expect([await main(command.split(" "), io), lasting(io.stdoutText())]).toEqual([0, lasting(output)]);
  });

  it("has two sessions of servers", () => expect(sessions).toHaveLength(2));

  it("lists every finding", () => {
    const sources = readdirSync(join(root, "src/doctor")).filter((file) => !file.endsWith(".test.ts"));
    const text = sources.map((file) => readFileSync(join(root, "src/doctor", file), "utf8")).join("\n");
    const ids = [...text.matchAll(/\bid(?: =|:) (.*?)(?:, severity|$)/gm)].flatMap(([, value = ""]) =>
      [...value.matchAll(/"([a-z0-9-]+)"/g)].map(([, id = ""]) => id),
    );
    expect(ids.length).toBeGreaterThan(20);
    expect([...new Set(ids)].filter((id) => !page.includes(`\`${id}\``))).toEqual([]);
  });
});
