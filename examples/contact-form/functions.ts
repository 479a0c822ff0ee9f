/** The check of a contact form. */
import type { FunctionHandler } from "../../src/runtime/tasks/functions.ts";
import { errorNamed, objectIn, partOf, textIn } from "../input.ts";

const MAX_CHARACTERS = 5_000;

const checkContactMessage: FunctionHandler = (input) => {
  const form = objectIn(input, "form");
  const [email, text] = [partOf(form, "email"), partOf(form, "text")].map((value) =>
    typeof value === "string" ? value.trim() : "",
  );
  if (email === undefined || !/^[^\s@]+@[^\s@]+\.[^\s@]+$/u.test(email))
    throw errorNamed("InvalidForm", "Please tell us your e-mail address.");
  if (text === undefined || text === "") throw errorNamed("InvalidForm", "There is no message.");
  if (text.length > MAX_CHARACTERS) throw errorNamed("InvalidForm", `A message may have ${MAX_CHARACTERS} characters.`);
  return { id: textIn(input, "id"), email, text, words: text.split(/\s+/u).length };
};

export const contactFormFunctions: Readonly<Record<string, FunctionHandler>> = {
  "check-contact-message": checkContactMessage,
};
