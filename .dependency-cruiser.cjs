// The rooms of the house and the doors between them: see CONTRIBUTING.md. Data flows one way:
// cli -> deploy -> services, flow -> client -> retry, redirect, limit, auth, cookies, proxy, telemetry -> body -> transport; errors, secrets and tls/findings are the ground floor.
const room = (name) => `^src/${name}/`;

/** Rooms by how high they stand: nobody imports from above. */
const floors = [
  ["errors"],
  ["secrets", "tls"],
  ["body", "retry", "redirect", "limit"],
  ["auth", "cookies", "proxy", "telemetry", "transport"],
  ["client", "doctor"],
  // Flows know no service, and services no flow.
  ["services", "flow"],
  ["deploy"],
  ["playground"],
  ["cli"],
];

const upward = floors.slice(0, -1).flatMap((rooms, height) =>
  rooms.map((name) => ({
    name: `${name}-looks-down-only`,
    severity: "error",
    from: { path: room(name), pathNot: "\\.test\\.ts$" },
    to: {
      path: floors
        .slice(height + 1)
        .flat()
        .map(room)
        .join("|"),
    },
  })),
);

module.exports = {
  forbidden: [
    { name: "no-circular", severity: "error", from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } } },
    ...upward,
    {
      name: "rooms-by-their-door",
      comment: "Another room is entered by its index.ts, unless it has none.",
      severity: "error",
      from: { path: "^src/([^/]+)/", pathNot: "\\.test\\.ts$" },
      to: {
        path: "^src/(errors|secrets|body|retry|redirect|limit|auth|cookies|proxy|telemetry|transport|client|flow|deploy|playground)/",
        pathNot: ["^src/$1/", "/index\\.ts$"],
      },
    },
    {
      name: "tls-by-its-doors",
      comment:
        "Below the client only what its errors and connections need of TLS: the short findings and the trusted roots. The whole diagnosis is for those above.",
      severity: "error",
      from: { path: "^src/", pathNot: ["^src/tls/", "\\.test\\.ts$"] },
      to: { path: "^src/tls/", pathNot: "^src/tls/(index|findings|trust)\\.ts$" },
    },
    {
      name: "client-without-the-diagnosis",
      severity: "error",
      from: { path: "^src/(transport|client|services|errors)/" },
      to: { path: "^src/tls/index\\.ts$" },
    },
    {
      name: "tls-judges-purely",
      comment: "Only the probes meet the network; what is found is a function of what they bring.",
      severity: "error",
      from: { path: "^src/tls/(asn1|certificate|chain|rules|revocation)/", pathNot: "\\.test\\.ts$" },
      to: { path: ["^src/tls/(probe/|trust\\.ts|authorities\\.ts|identity\\.ts)", "^(node:)?(fs|net|tls|http|https|dns)"] },
    },
    {
      name: "services-by-their-door",
      severity: "error",
      from: { path: "^src/", pathNot: ["^src/services/", "\\.test\\.ts$"] },
      to: { path: "^src/services/[^/]+/", pathNot: "/index\\.ts$" },
    },
    {
      name: "services-stand-alone",
      severity: "error",
      from: { path: "^src/services/([^/]+)/" },
      to: { path: "^src/services/", pathNot: "^src/services/$1/" },
    },
    {
      name: "playground-knows-no-client",
      comment: "A stand-in that used the client would share its mistakes. Only the ground floor is open.",
      severity: "error",
      from: { path: room("playground"), pathNot: "\\.test\\.ts$" },
      to: { path: "^src/", pathNot: ["^src/playground/", "^src/errors/"] },
    },
    {
      name: "sockets-in-few-rooms",
      severity: "error",
      from: { path: "^src/", pathNot: ["^src/(transport|playground)/", "^src/tls/(probe/|trust\\.ts$)", "\\.test\\.ts$"] },
      to: { path: "^(node:)?(net|tls|http|https|http2)$" },
    },
    { name: "nothing-imports-cli", severity: "error", from: { path: "^src/", pathNot: room("cli") }, to: { path: room("cli") } },
    { name: "no-tests-in-sources", severity: "error", from: { pathNot: "\\.test\\.ts$" }, to: { path: "\\.test\\.ts$" } },
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(dist|bench|test)/" },
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { extensions: [".ts", ".js"] },
  },
};
