/** The rules for dependencies and the bundle find what they are there for. */
import { describe, expect, test } from "vitest";
import { bundleFaults, lockfileFaults, pinFaults } from "../../scripts/supply-chain/rules.ts";

const locked = { version: "1.0.0", integrity: "sha512-x", license: "MIT" };
const faultsOf = (of: object): readonly string[] =>
  lockfileFaults({ packages: { "": {}, "node_modules/a": { ...locked, ...of } } });

describe("a lockfile's package", () => {
  test("from the registry, with its hash and a license of a few words, is fine", () => {
    expect(faultsOf({})).toEqual([]);
    expect(faultsOf({ resolved: "https://registry.npmjs.org/a/-/a-1.0.0.tgz" })).toEqual([]);
  });

  test.each([
    [{ integrity: undefined }, "has no SHA-512"],
    [{ integrity: "sha1-x" }, "has no SHA-512"],
    [{ resolved: "http://registry.npmjs.org/a.tgz" }, "comes from http:"],
    [{ resolved: "git+ssh://git@example.com/a.git" }, "comes from git+ssh"],
    [{ license: "GPL-3.0" }, "deployed under GPL-3.0"],
    [{ license: undefined }, "deployed under no license"],
    [{ link: true }, "is a link"],
    [{ optionalDependencies: { "a-darwin-arm64": "1.0.0" } }, "needs a-darwin-arm64"],
  ])("%j is a fault", (of, fault) => expect(faultsOf(of).join()).toContain(fault));

  test("of another machine is fine where it is locked", () => {
    const packages = {
      "node_modules/a": { ...locked, optionalDependencies: { b: "1.0.0" } },
      "node_modules/b": locked,
    };
    expect(lockfileFaults({ packages })).toEqual([]);
  });

  test("that is a tool may have any license", () => expect(faultsOf({ dev: true, license: "MPL-2.0" })).toEqual([]));
});

test.each(["^1.0.0", "~1.0.0", "latest", "*", ">=1", "file:../a"])("the version %s is no pin", (version) => {
  expect(pinFaults({ dependencies: { a: "1.0.0" }, devDependencies: { b: version, c: "1.0.0-beta.1" } })).toHaveLength(
    1,
  );
});

describe("a bundle", () => {
  test.each([
    ["eval('1')", "eval"],
    ["x = new Function('a', 'return a')", "new Function"],
    ["Function('return this')()", "Function()"],
    ['import { readFileSync } from "node:fs"', "module of Node"],
    ['require("node:crypto")', "module of Node"],
    ["import.meta.dirname", "file of this machine"],
  ])("with %s is a fault", (code, what) => expect(bundleFaults(`let a; ${code};`).join()).toContain(what));

  test("that only speaks of these is none", () => {
    expect(
      bundleFaults('lookup("eval"); functionEval(x); x.eval(1); class A { eval(x, y) { } } isFunction(x); "node:fs"'),
    ).toEqual([]);
  });
});
