import type { ErrandResponse } from "../../client/index.ts";
import { isDecodeError } from "../../errors/index.ts";
import { parseHttpDate } from "../../retry/index.ts";
import { isObject, objectAt, optionalTexts, UnexpectedShape, type Answer, type JSONObject } from "./answer-shape.ts";
import { apiFailure, foreignFailure, invalidResponse, type Asked } from "./failures.ts";

/**
 * Reads the envelope of an answer and hands its data to `read`.
 *
 * @throws PrometheusError for an error status, for what is no JSON, and for JSON of another shape
 */
export function readAnswer<T>(response: ErrandResponse, asked: Asked, read: (answer: Answer) => T): T {
  const body = parseBody(response, asked);
  if (isObject(body) && body["status"] === "error") throw apiFailure(response, asked, body);
  if (response.status !== 200) throw foreignFailure(response, asked);
  try {
    return read(envelope(body, response));
  } catch (error) {
    if (error instanceof UnexpectedShape) throw invalidResponse(response, asked, { problem: error.message });
    throw error;
  }
}

function envelope(body: unknown, response: ErrandResponse): Answer {
  const { status, data, warnings, infos }: JSONObject = objectAt(body, "the answer");
  if (status !== "success") throw new UnexpectedShape('the answer has no status "success"');
  const date = response.header("date");
  return {
    data,
    warnings: optionalTexts(warnings, "warnings"),
    infos: optionalTexts(infos, "infos"),
    serverTimeMs: date === undefined ? undefined : parseHttpDate(date, Date.now()),
  };
}

/** Undefined for an error status whose body is no JSON: proxies send HTML, Prometheus itself plain text for a wrong path. */
function parseBody(response: ErrandResponse, asked: Asked): unknown {
  try {
    return response.json();
  } catch (error) {
    if (!isDecodeError(error)) throw error;
    if (response.status !== 200) return undefined;
    throw invalidResponse(response, asked, { cause: error });
  }
}
