/** The run that changed the Deployment last. */
export const runAnnotation = "errand/run";
/** The digest of what it changed; a rollback puts `rolled-back/` before it. */
export const changeAnnotation = "errand/change";
/** What the change replaced, as JSON: so that another process of the same run can still undo it. */
export const previousAnnotation = "errand/previous";
/** kubectl's own: Argo CD and others know to leave it alone. */
export const restartedAtAnnotation = "kubectl.kubernetes.io/restartedAt";
export const revisionAnnotation = "deployment.kubernetes.io/revision";
export const rolledBackPrefix = "rolled-back/";
