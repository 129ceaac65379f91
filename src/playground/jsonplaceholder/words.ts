/** Vocabulary of the generated texts: the everyday of an operations team, in Latin letters and beyond. */
export const FIRST_NAMES = [
  "Amara",
  "Bruno",
  "Chiara",
  "Dmitri",
  "Elif",
  "Farid",
  "Greta",
  "Hiro",
  "Ingrid",
  "Jomo",
  "Katya",
  "Luís",
] as const;
export const LAST_NAMES = [
  "Achebe",
  "Brandt",
  "Conti",
  "Dvořák",
  "Eriksen",
  "Farouk",
  "Grünwald",
  "Hayashi",
  "Ito",
  "Kaya",
  "Lindqvist",
  "Moreau",
] as const;
export const STREETS = ["Harbour Lane", "Mill Road", "Orchard Street", "Quarry Hill", "Station Square", "Willow Walk"] as const;
export const CITIES = ["Ashfield", "Brookhaven", "Calder", "Dunmore", "Eastmere", "Fairport", "Greystone", "Holmwood"] as const;
export const COMPANY_NAMES = ["Anchor", "Beacon", "Cobalt", "Delta", "Ember", "Foundry", "Granite", "Harbor"] as const;
export const COMPANY_ENDINGS = ["Works", "Systems", "and Daughters", "Logistics", "Cloud", "Freight"] as const;
export const ADJECTIVES = [
  "quiet",
  "reliable",
  "patient",
  "careful",
  "brisk",
  "observable",
  "frugal",
  "resilient",
  "gradual",
  "portable",
] as const;
export const NOUNS = [
  "cluster",
  "pipeline",
  "rollout",
  "certificate",
  "backlog",
  "dashboard",
  "queue",
  "release",
  "incident",
  "gateway",
  "volume",
  "schedule",
  "secret",
  "probe",
] as const;
export const VERBS = ["watches", "restarts", "drains", "signs", "delays", "measures", "follows", "replaces", "rotates", "mirrors"] as const;
export const TASKS = ["rotate", "review", "upgrade", "label", "archive", "document", "resize", "retire", "back up", "audit"] as const;
export const ADVERBS = [
  "overnight",
  "twice",
  "in silence",
  "under load",
  "before noon",
  "on Fridays",
  "without notice",
  "by hand",
] as const;
