export { askServer, type Answer } from "./ask-server.ts";
export { explainTrial, type TrialFailure } from "./explain-trial.ts";
export { openWay, type Way } from "./open-way.ts";
export { resolveName } from "./resolve-name.ts";
export { sentChain } from "./sent-chain.ts";
export { speaksTLS } from "./speaks-tls.ts";
export { tryAddress, type AddressTrial } from "./try-address.ts";
