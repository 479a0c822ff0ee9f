/** JSONata whose values would be taken for promises, and waited for without end, if the platform could call what they hold. */

const HANDED_ON = "function($resolve, $reject) { 1 }";
const MATCHED = "($m := /a/; $m('a').next)";

/** What stands as `then`, and the object that holds it: JSON leaves it out. */
export const PROMISES: readonly (readonly [what: string, source: string])[] = [
  ["a function of the States Language", "{ 'then': $uuid }"],
  ["a function of the present", "{ 'then': $millis, 'catch': $now }"],
  ["a built-in function", "{ 'then': $sum }"],
  ["a lambda", "{ 'then': function($resolve) { $resolve(1) } }"],
  ["a regular expression", "{ 'then': /a/ }"],
  ["what leads to the next match", `{ 'then': ${MATCHED} }`],
  ["a partial application", "{ 'then': $range(1, ?) }"],
  ["a composed function", "{ 'then': $uuid ~> $string }"],
  ["a lambda handed on", `function($f) { { 'then': $f } }(${HANDED_ON})`],
  ["a built-in function handed on", "function($f) { { 'then': $f } }($sum)"],
  ["a lambda as an item", `$map(${HANDED_ON}, function($f) { { 'then': $f } })`],
  ["a lambda in a long array", `{ 'then': [${HANDED_ON}, 1, 2, 3, 4][0] }`],
  ["a lambda that was ordered", `{ 'then': ([${HANDED_ON}, ${HANDED_ON}]^($type($)))[0] }`],
  ["a lambda that was bound and ordered", `{ 'then': [${HANDED_ON}]#$i^($type($))[0] }`],
  ["a lambda that was appended", `{ 'then': $append(${HANDED_ON}, 1)[0] }`],
  ["a lambda that was zipped", `{ 'then': $zip(${HANDED_ON}, 1)[0][0] }`],
  ["a lambda that was filtered", `{ 'then': $filter(${HANDED_ON}, function($f) { true }) }`],
  ["a lambda that is distinct", `{ 'then': $distinct(${HANDED_ON}) }`],
  ["a lambda that was partitioned", `{ 'then': $partition(${HANDED_ON}, 1)[0][0] }`],
  ["a lambda that was shuffled", `{ 'then': $shuffle(${HANDED_ON})[0] }`],
];
