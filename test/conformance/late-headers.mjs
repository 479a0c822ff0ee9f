/**
 * Loaded before the runner of the recorded cases: lets a server replace headers that it set but did not send yet.
 * The runner's function server sets the headers of a success before it knows whether the function fails.
 */
import { ServerResponse } from "node:http";

const { writeHead } = ServerResponse.prototype;

ServerResponse.prototype.writeHead = function writeHeadAgain(...args) {
  if (this._header && !this._headerSent) this._header = null;
  return writeHead.apply(this, args);
};
