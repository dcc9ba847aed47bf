import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  BOOL,
  Budget,
  type CelBindings,
  type CelType,
  CostExceededError,
  celEnvironment,
  compileCel,
  DYN,
  INT,
  listOf,
  mapOf,
  STRING,
  toJson,
} from './mod.ts';

const SELF: CelType = {
  kind: 'object',
  name: 'selfType',
  fields: () =>
    new Map<string, { jsonName: string; type: CelType }>([
      ['replicas', { jsonName: 'replicas', type: INT }],
      ['name', { jsonName: 'name', type: STRING }],
      ['tags', { jsonName: 'tags', type: listOf(STRING) }],
      ['labels', { jsonName: 'labels', type: mapOf(STRING, STRING) }],
      ['foo__dash__bar', { jsonName: 'foo-bar', type: INT }],
      ['any', { jsonName: 'any', type: DYN }],
      ['ok', { jsonName: 'ok', type: BOOL }],
      ['ratio', { jsonName: 'ratio', type: { kind: 'double' } }],
      ['when', { jsonName: 'when', type: { kind: 'timestamp' } }],
    ]),
};
const environment = celEnvironment([
  ['self', SELF],
  ['big', listOf(INT)],
  ['x', DYN],
]);

function run(expression: string, bindings: CelBindings = {}): unknown {
  return toJson(compileCel(expression, environment).evaluate(bindings));
}

describe('compileCel', () => {
  const values: [string, unknown][] = [
    ['1 + 2 * 3', 7],
    ['-7 / 2', -3],
    ['7 % -3', 1],
    ['10 - 4 - 3', 3],
    ['1.5 + 0.5', 2],
    ['"a" + "b"', 'ab'],
    ["r'\\n' + '\\n\\x41\\u00e9\\101'", '\\n\nAéA'],
    ['"""a"b"""', 'a"b'],
    ['b"abc" == bytes("abc")', true],
    ['0x10 + 1', 17],
    ['3u + 4u == 7u', true],
    ['1 == 1.0 ? 1 : 2', undefined],
    ['dyn(1) == 1.0', true],
    ['[1, 2] + [3]', [1, 2, 3]],
    ['{"a": 1, "b": 2}["b"]', 2],
    ['{"a": {"b": 3}}.a.b', 3],
    ['has({"a": 1}.a) && !has({"a": 1}.b)', true],
    ['2 in [1, 2]', true],
    ['"b" in {"a": 1}', false],
    ['true ? 1 : 2', 1],
    ['1 / 0 > 0 || true', true],
    ['false && 1 / 0 > 0', false],
    ['[1, 2, 3].all(i, i > 0)', true],
    ['[1, 2, 3].exists(i, i > 2)', true],
    ['[1, 2, 3].exists_one(i, i > 2)', true],
    ['[1, 2, 3].map(i, i * 2)', [2, 4, 6]],
    ['[1, 2, 3].map(i, i > 1, i * 2)', [4, 6]],
    ['[1, 2, 3].filter(i, i != 2)', [1, 3]],
    ['[5, 6].all(i, v, v == i + 5)', true],
    ['{"a": 1}.exists(k, v, k == "a" && v == 1)', true],
    ['[1, 2].transformList(i, v, i + v)', [1, 3]],
    ['{"a": 1}.transformMap(k, v, v + 1)', { a: 2 }],
    ['[[1, 2], [3]].map(l, l.map(i, i + size(l)))', [[3, 4], [4]]],
    ['[1].map(i, [2].map(i, i + 1)[0] + i)', [4]],
    ['cel.bind(a, 2, a * a)', 4],
    ['[3, 1, 2].max() + [3, 1, 2].min() + [3, 1, 2].sum()', 10],
    ['["a", "b"].isSorted() && ["a"].indexOf("a") == 0', true],
    ['"hello world".split(" ").join("-")', 'hello-world'],
    ['"tacocat".substring(4) + "x".charAt(0) + "AbC".lowerAscii()', 'catxabc'],
    ['"aXbX".replace("X", "-", 1)', 'a-bX'],
    ['"😀a".size() + "😀a".indexOf("a")', 3],
    ['"abc 123".find("[0-9]+")', '123'],
    ['"1 2 3".findAll("[0-9]", 2)', ['1', '2']],
    ['"a.b".matches("^[a-z.]+$")', true],
    ['url("https://example.com:8080/p?q=1").getHost()', 'example.com:8080'],
    ['url("https://[::1]:80/").getHostname()', '::1'],
    ['isURL("nope")', false],
    ['ip("10.0.0.1").family() + ip("::1").family()', 10],
    ['cidr("10.0.0.0/8").containsIP("10.1.2.3")', true],
    ['string(cidr("10.1.2.3/8").masked())', '10.0.0.0/8'],
    ['quantity("1Gi").isGreaterThan(quantity("1G"))', true],
    ['quantity("1500m").add(1).asApproximateFloat()', 2.5],
    ['semver("1.2.3").isLessThan(semver("1.10.0"))', true],
    ['semver("v1.2", true).minor()', 2],
    ['!format.dns1123Label().validate("ok").hasValue()', true],
    ['format.dns1123Label().validate("Not").value().size() > 0', true],
    ['format.named("nope").hasValue()', false],
    ['sets.contains([1, 2, 3], [2]) && sets.equivalent([1, 2], [2, 1]) && !sets.intersects([1], [2])', true],
    ['math.greatest(1, 5, 3) + math.least([4, 2])', 7],
    ['optional.of(1).orValue(2) + optional.none().orValue(3)', 4],
    ['{"a": 1}[?"b"].orValue(9)', 9],
    ['{"a": {"b": 1}}.?a.?b.orValue(0)', 1],
    ['optional.of(2).optMap(v, v * 2).value()', 4],
    ['[1, ?optional.none(), ?optional.of(2)]', [1, 2]],
    ['timestamp("2024-01-15T14:30:45.123Z").getHours("America/New_York")', 9],
    ['timestamp("2024-01-01T00:00:00Z") + duration("1h30m")', '2024-01-01T01:30:00Z'],
    ['duration("90s").getMinutes()', 1],
    ['int("42") + int(2.9) + int(true ? "1" : "2")', 45],
    ['string(1.0) + string(1e30) + string(true)', '11e+30true'],
    ['type(1) == int && type("a") == string', true],
    ['"%s is %d (%.2f)".format(["a", 3, 1.5])', 'a is 3 (1.50)'],
    ['math.bitShiftLeft(1, 3)', 8],
    ['lists.range(3)', [0, 1, 2]],
    ['[[1], [2, 3]].flatten()', [1, 2, 3]],
    ['strings.quote("a\\"b")', '"a\\"b"'],
    ['// comment\n 1', 1],
  ];
  for (const [expression, expected] of values.filter(([, value]) => value !== undefined)) {
    it(`evaluates ${expression}`, () => assert.deepEqual(run(expression), expected));
  }

  it('reads JSON as its types say', () => {
    const self = JSON.parse(
      '{"replicas": 3, "ratio": 2, "foo-bar": 5, "tags": ["a"], "when": "2024-01-01T00:00:00Z", "__proto__": 1}',
    );
    assert.equal(run('self.replicas + self.foo__dash__bar', { self }), 8);
    assert.equal(run('self.ratio / 4.0', { self }), 0.5);
    assert.equal(run('self.tags[0]', { self }), 'a');
    assert.equal(run('self.when < timestamp("2025-01-01T00:00:00Z")', { self }), true);
    assert.equal(run('has(self.name)', { self }), false);
    assert.equal(run('x.constructor', { x: { constructor: 1 } }), 1);
    assert.throws(() => run('x.constructor', { x: {} }), /no such key: constructor/);
    assert.throws(() => run('x.toString', { x: {} }), /no such key: toString/);
  });

  const failures: [string, RegExp][] = [
    ['1 / (2 - 2)', /^EvaluationError: division by zero$/],
    ['[1][5]', /index out of bounds: 5/],
    ['{"a": 1}["b"]', /no such key: b/],
    ['9223372036854775807 + 1', /integer overflow/],
    ['dyn(1) + dyn("a")', /no such overload/],
    ['int("x")', /ParseInt/],
    ['"a".matches("(")', /missing closing \)/],
  ];
  for (const [expression, message] of failures) {
    it(`fails on ${expression}`, () => assert.throws(() => run(expression), message));
  }

  const problems: [string, string][] = [
    ['y > 0', "ERROR: <input>:1:1: undeclared reference to 'y' (in container '')\n | y > 0\n | ^"],
    [
      'self.replicas == "a"',
      "ERROR: <input>:1:15: found no matching overload for '_==_' applied to '(int, string)'\n | self.replicas == \"a\"\n | ..............^",
    ],
    ['self.nope', "ERROR: <input>:1:5: undefined field 'nope'\n | self.nope\n | ....^"],
    [
      'self.name.foo()',
      "ERROR: <input>:1:14: undeclared reference to 'foo' (in container '')\n | self.name.foo()\n | .............^",
    ],
    [
      'self.name.contains(1)',
      "ERROR: <input>:1:19: found no matching overload for 'contains' applied to 'string.(int)'\n | self.name.contains(1)\n | ..................^",
    ],
    ['1.all(i, true)', ''],
    [
      'self.replicas.all(i, true)',
      "ERROR: <input>:1:5: expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)\n | self.replicas.all(i, true)\n | ....^",
    ],
    [
      'self.replicas.x',
      "ERROR: <input>:1:14: type 'int' does not support field selection\n | self.replicas.x\n | .............^",
    ],
    [
      '1 +',
      "ERROR: <input>:1:4: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}\n | 1 +\n | ...^",
    ],
    ['1 2', "ERROR: <input>:1:3: Syntax error: extraneous input '2' expecting <EOF>\n | 1 2\n | ..^"],
    ['"abc', 'ERROR: <input>:1:1: Syntax error: token recognition error at: \'"abc\'\n | "abc\n | ^'],
  ];
  for (const [expression, message] of problems.filter(([, text]) => text !== '')) {
    it(`refuses ${expression}`, () =>
      assert.throws(() => compileCel(expression, environment), { name: 'CelError', message }));
  }

  it('tells all problems at once', () => {
    assert.throws(() => compileCel('y && z', environment), /'y'[\s\S]*ERROR: <input>:1:6: undeclared reference to 'z'/);
  });
});

describe('Budget', () => {
  const many = Array.from({ length: 3000 }, (_, index) => index);
  const hostile: string[] = [
    'big.all(a, big.all(b, big.all(c, a + b + c >= 0)))',
    'big.map(a, big.map(b, big.map(c, [a, b, c]))).size() > 0',
    '[0, 0, 0, 0, 0, 0, 0].all(a, big.all(b, big.all(c, !x.s.contains("aab"))))',
    'big.map(i, x.s).join("").matches("(a+)+$")',
    'sets.equivalent(big, big + big)',
    'big.map(a, big).flatten().size() > 0',
    'cel.bind(a, x.s + x.s, cel.bind(b, a + a, cel.bind(c, b + b, cel.bind(d, c + c, big.all(i, d.contains(d + "x") == false)))))',
    'big.map(a, x.s.replace("a", x.s)).size() > 0',
    'big.map(a, big.map(b, x.s.split(""))).size() > 0',
  ];
  for (const expression of hostile) {
    it(`stops ${expression.slice(0, 60)}`, () => {
      const compiled = compileCel(expression, environment);
      const started = performance.now();
      assert.throws(
        () => compiled.evaluate({ big: many, x: { s: 'a'.repeat(50_000) } }, new Budget()),
        CostExceededError,
      );
      assert.ok(performance.now() - started < 10_000);
      assert.ok(compiled.estimatedCost > 10_000_000);
    });
  }

  it('cannot be caught by || and exists', () => {
    const compiled = compileCel('big.all(a, big.all(b, big.all(c, true))) || true', environment);
    assert.throws(() => compiled.evaluate({ big: many }), CostExceededError);
  });

  it('matches hostile patterns in linear time', () => {
    assert.equal(run('x.matches("^(a+)+$")', { x: `${'a'.repeat(30_000)}b` }), false);
  });

  it('does not compile hostile patterns for long', () => {
    const heavy = '[[:word:]]{1,999}x{1,999}'.repeat(50);
    assert.throws(() => run('x.s.matches(x.p)', { x: { s: 'a', p: heavy } }), /expression too large/);
    const many = compileCel('big.all(i, x.s.matches("(\\\\pL{1,100}){1,10}" + string(i)) || true)', environment);
    const started = performance.now();
    assert.throws(
      () => many.evaluate({ big: Array.from({ length: 5000 }, (_, i) => i), x: { s: 'a' } }),
      CostExceededError,
    );
    assert.ok(performance.now() - started < 5000);
  });

  it('counts little for what is small', () => {
    const budget = new Budget();
    compileCel('self.replicas > 0 && self.name.startsWith("a")', environment).evaluate(
      { self: { replicas: 1, name: 'a' } },
      budget,
    );
    assert.ok(budget.spent > 3 && budget.spent < 20, String(budget.spent));
  });
});

describe('parse', () => {
  it('refuses expressions that nest too deep, whatever they nest', () => {
    for (const text of [
      '('.repeat(5000),
      '!'.repeat(5000),
      '['.repeat(5000),
      `x${'.a'.repeat(5000)}`,
      `1${'+1'.repeat(5000)}`,
      '-'.repeat(5000),
    ]) {
      assert.throws(() => compileCel(text, environment), { name: 'CelError' });
    }
  });
});
