/**
 * Makes visible what a server could use to steer the terminal: escape sequences, carriage returns that overwrite a line, and
 * the marks that reorder text (CVE-2021-42574). Line ends and tabs stay. The form is JSON's, so a formatted string stays JSON.
 */
export function escapeControls(text: string): string {
  return text.replaceAll("\r\n", "\n").replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** Whether {@link escapeControls} would change the text: asked once for a large piece, it spares asking for every word of it. */
export function hasControls(text: string): boolean {
  return /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/.test(text);
}

/** The same for text that must stay on one line, such as a header's value. */
export function escapeLine(text: string): string {
  return escapeControls(text).replaceAll("\n", "\\n").replaceAll("\t", "\\t");
}
