import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Template } from './template.ts';

const value = {
  Name: '/web',
  Count: 3,
  Up: true,
  Off: false,
  Tags: ['a', 'b'],
  Empty: [],
  Labels: { b: '2', a: '1', 'com.x.y': 'dotted' },
  Nested: { Deep: { Leaf: 'x' }, Null: null },
  Ports: { '80/tcp': [{ HostPort: '8080' }], '90/tcp': null },
  Label: (key: string) => `label ${key}`,
};

const render = (source: string) => new Template(source).render(value);

describe('Template', () => {
  for (const [source, expected] of [
    ['plain', 'plain'],
    ['{{.Name}} {{ .Nested.Deep.Leaf }}', '/web x'],
    ['{{.Tags}} {{.Labels}} {{.Nested.Null}} {{.Up}}', '[a b] map[a:1 b:2 com.x.y:dotted] <no value> true'],
    ['{{json .Tags}} {{json .}}', `["a","b"] ${JSON.stringify(value)}`],
    ['{{range .Tags}}<{{.}}>{{end}}', '<a><b>'],
    ['{{range $i, $t := .Tags}}{{$i}}={{$t}};{{end}}', '0=a;1=b;'],
    ['{{range $k, $v := .Labels}}{{$k}}:{{$v}} {{end}}', 'a:1 b:2 com.x.y:dotted '],
    ['{{range .Empty}}x{{else}}none{{end}}', 'none'],
    ['{{if .Up}}up{{else}}down{{end}}{{if .Off}}x{{else if .Count}}count{{else}}y{{end}}', 'upcount'],
    ['{{with .Nested.Deep}}{{.Leaf}}{{end}}{{with .Empty}}x{{else}}empty{{end}}', 'xempty'],
    ['{{index .Labels "com.x.y"}} {{index .Tags 1}}', 'dotted b'],
    ['{{(index (index .Ports "80/tcp") 0).HostPort}}', '8080'],
    [
      '{{range $p, $conf := .Ports}}{{$p}} -> {{if $conf}}{{(index $conf 0).HostPort}}{{else}}-{{end}} {{end}}',
      '80/tcp -> 8080 90/tcp -> - ',
    ],
    ['{{.Name | upper | printf "%-6s|"}}', '/WEB  |'],
    ['{{join .Tags ", "}} {{len .Tags}} {{len .Name}} {{lower "ABC"}} {{title "web app"}}', 'a, b 2 4 abc Web App'],
    ['{{slice .Name 1}} {{truncate .Name 2}} {{split "a:b" ":"}}', 'web /w [a b]'],
    [
      '{{eq .Count 3}} {{ne .Name "x"}} {{gt .Count 2}} {{le .Count 2}} {{and .Up .Count}} {{or .Off "z"}} {{not .Off}}',
      'true true true false 3 z true',
    ],
    ['{{/* nothing */}}a  {{- " b " -}}  c', 'a b c'],
    ['{{$x := .Name}}{{$x}} {{$.Count}}', '/web 3'],
    ['{{range .Tags}}{{$.Name}}{{.}} {{end}}', '/weba /webb '],
    ['{{.Label "k"}} {{"}}"}} {{`raw\n`}}', 'label k }} raw\n'],
    ['{{println "a" 1}}{{print .Name "-" .Count}}', 'a 1\n/web-3'],
    ['{{printf "%5.2f|%05d|%q|%v|%%" 3.14159 42 "s" .Tags}}', ' 3.14|00042|"s"|[a b]|%'],
    ['{{pad "x" 1 2}}|{{true}} {{nil}}', ' x  |true <no value>'],
  ] as const) {
    it(`renders ${source}`, () => assert.equal(render(source), expected));
  }

  for (const [source, message] of [
    ['{{.Foo}}', /no field "Foo"/],
    ['{{.Tags.Foo}}', /a list: use/],
    ['{{.Name.Foo}}', /no field "Foo" in \/web/],
    ['{{nofunc .Name}}', /function "nofunc" not defined/],
    ['{{constructor .Name}}', /not defined/],
    ['{{if .Up}}', /end/],
    ['{{end}}', /without/],
    ['{{.Name', /without "}}"/],
    ['{{}}', /missing value/],
    ['{{index .Tags 7}}', /out of range/],
    ['{{range .Count}}{{end}}', /can't iterate/],
    ['{{$y}}', /undefined variable/],
    ['{{.Name #}}', /unexpected/],
    ['{{.Name "x"}}', /can't give arguments/],
  ] as const) {
    it(`refuses ${source}`, () => assert.throws(() => render(source), message));
  }
});
