/** A rendering service: it has a third of a scene ready each time that somebody looks. */
import type { FunctionHandler } from "../../src/runtime/tasks/functions.ts";
import { numberIn, textIn } from "../input.ts";

const PARTS = 3;
const FRAMES_OF_A_PART = 240;

const startRendering: FunctionHandler = (input) => ({ scene: textIn(input, "scene"), parts: 0, status: "RENDERING" });

/** The service keeps nothing: a job carries how far it is. An empty scene breaks. */
const lookAtRendering: FunctionHandler = (input) => {
  const scene = textIn(input, "scene");
  if (scene === "") return { scene, parts: 0, status: "BROKEN" };
  const parts = numberIn(input, "parts") + 1;
  return { scene, parts, status: parts < PARTS ? "RENDERING" : "RENDERED" };
};

const fetchFilm: FunctionHandler = (input) => ({
  film: `${textIn(input, "scene").replaceAll(" ", "-")}.mp4`,
  frames: numberIn(input, "parts") * FRAMES_OF_A_PART,
});

export const jobPollerFunctions: Readonly<Record<string, FunctionHandler>> = {
  "start-rendering": startRendering,
  "look-at-rendering": lookAtRendering,
  "fetch-film": fetchFilm,
};
