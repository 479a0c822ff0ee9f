/** The settings of `POST /run/{stateMachine}`. */

const DEFAULT_SECONDS = "30";
/** What a request may ask for, too. */
export const MAX_RUN_SECONDS = 300;

export interface RunSettings {
  readonly RUN_TIMEOUT_SECONDS?: string;
}

/** For how long a Standard execution is awaited. Throws an error that says what the setting takes. */
export function readRunTimeout({ RUN_TIMEOUT_SECONDS: text }: RunSettings): number {
  const seconds = text === undefined || text === "" ? DEFAULT_SECONDS : text;
  if (/^\d{1,3}$/u.test(seconds) && Number(seconds) <= MAX_RUN_SECONDS) return Number(seconds);
  throw new Error(`RUN_TIMEOUT_SECONDS must be a whole number of seconds from 0 to ${MAX_RUN_SECONDS}`);
}
