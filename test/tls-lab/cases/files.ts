import { diagnosePEM, type PEMDiagnosisOptions } from "../../../src/tls/index.ts";
import { serverExtensions } from "../issue.ts";
import type { Lab, LabCase } from "../lab.ts";
import { encrypted } from "./connections.ts";

/** The text as a server's chain file, for the lab's root alone. */
const look = (lab: Lab, text: string, options: PEMDiagnosisOptions = {}): ReturnType<typeof diagnosePEM> =>
  diagnosePEM(text, { ca: lab.root.cert, roots: "only", env: {}, ...options });

export const pemCases: readonly LabCase[] = [
  {
    name: "a file without certificates",
    id: "no-certificate",
    summary: ["There is no certificate in the text, only PRIVATE KEY"],
    remedy: ["BEGIN CERTIFICATE"],
    run: async (lab) => look(lab, lab.leaf.key),
  },
  {
    name: "a file with a broken certificate",
    id: "malformed-certificate",
    also: ["no-certificate"],
    summary: ["Certificate 1 of the text cannot be read"],
    remedy: ["Copy the file anew"],
    run: async (lab) => look(lab, lab.leaf.cert.replace(/\n.{64}\n/, "\n")),
  },
  {
    name: "a file that begins with the intermediate",
    id: "chain-order",
    summary: ["own certificate (CN=localhost) stands at place 2"],
    remedy: ["in", "order"],
    run: async (lab) => look(lab, lab.intermediate.cert + lab.leaf.cert),
  },
  {
    name: "a file without the intermediate",
    id: "missing-intermediate",
    summary: ["The file lacks the certificate of the issuer, CN=Lab Intermediate"],
    remedy: ["full chain"],
    run: async (lab) => look(lab, lab.leaf.cert),
  },
  {
    name: "a file for another host",
    id: "hostname",
    summary: ["not for www.example.com but for localhost, 127.0.0.1"],
    remedy: ["reissued"],
    run: async (lab) => look(lab, lab.leaf.cert + lab.intermediate.cert, { host: "www.example.com" }),
  },
  {
    name: "a file with an expired certificate",
    id: "expired",
    summary: ["expired 3 days ago"],
    remedy: ["Renew"],
    run: async (lab) => look(lab, (await lab.issueLeaf({ days: [-30, -3], extensions: serverExtensions() })).cert + lab.intermediate.cert),
  },
  {
    name: "a key that belongs to another certificate",
    id: "key-mismatch",
    summary: ["private key does not belong to the certificate"],
    remedy: ["the first certificate of the file"],
    run: async (lab) => look(lab, lab.leaf.cert + lab.intermediate.cert + lab.root.key),
  },
  {
    name: "an encrypted key",
    id: "key-passphrase",
    summary: ["private key is encrypted, and no passphrase is given"],
    remedy: ["passphrase"],
    run: async (lab) => look(lab, lab.leaf.cert + lab.intermediate.cert, { key: encrypted(lab.leaf.key) }),
  },
  {
    name: "a key that is none",
    id: "key-unreadable",
    summary: ["private key cannot be read", "server.key"],
    remedy: ["openssl pkey -inform der"],
    run: async (lab) => look(lab, lab.leaf.cert + lab.intermediate.cert, { key: await lab.file("server.key", "junk") }),
  },
];
