// The documents among themselves: every link leads somewhere, the index has them all, and the programs in them are the ones
// that the tests run.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..');
const read = (name) => fs.readFileSync(path.join(root, name), 'utf8');
const markdown = (folder) => fs.readdirSync(path.join(root, folder)).filter((name) => name.endsWith('.md')).map((name) => path.join(folder, name));
const documents = ['.', 'docs', 'docs/adr', 'bench'].flatMap(markdown);

const withoutCode = (text) => text.replace(/^( *)(```+)[^\n]*\n[\s\S]*?^ *\2 *$/gm, '').replace(/`[^`\n]*`/g, '');
// As GitHub names a heading: lower case, without punctuation, blanks as hyphens; the second of its name has -1.
function anchorsOf(text) {
  const seen = new Map();
  return new Set([...text.replace(/^( *)(```+)[^\n]*\n[\s\S]*?^ *\2 *$/gm, '').matchAll(/^#{1,6} +(.+?) *$/gm)].map(([, title]) => {
    const plain = title.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase().replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '').replace(/ /g, '-');
    const times = seen.get(plain) ?? 0;
    seen.set(plain, times + 1);
    return times ? `${plain}-${times}` : plain;
  }));
}

test('every relative link and its anchor exist', () => {
  const broken = [];
  let checked = 0;
  for (const name of documents) {
    const links = [...withoutCode(read(name)).matchAll(/\]\(<?([^)\s>]+)>?(?: "[^"]*")?\)/g)].map(([, target]) => target);
    for (const link of links) {
      if (/^[a-z][a-z0-9+.-]*:/i.test(link)) continue;
      ++checked;
      const [file, anchor] = link.split('#');
      const target = file ? path.join(path.dirname(name), decodeURIComponent(file)) : name;
      if (!fs.existsSync(path.join(root, target))) broken.push(`${name}: ${link}: there is no ${target}`);
      else if (anchor !== undefined && target.endsWith('.md') && !anchorsOf(read(target)).has(decodeURIComponent(anchor))) broken.push(`${name}: ${link}: ${target} has no such heading`);
    }
  }
  assert.deepEqual(broken, []);
  assert.ok(checked > 50, `${checked} links were found`);
});

test('docs/README.md has every document', () => {
  const index = read('docs/README.md');
  const missing = markdown('docs').map((name) => path.basename(name)).filter((name) => name !== 'README.md' && !index.includes(`](${name})`));
  assert.deepEqual(missing, []);
});

test('the programs of the guide to payments are those of examples/backends, at most 40 lines each', () => {
  for (const [language, file] of [['python', 'pay.py'], ['typescript', 'pay.ts'], ['php', 'pay.php']]) {
    const program = read(`examples/backends/${language}/${file}`);
    assert.ok(program.split('\n').length - 1 <= 40, `${file} is longer than 40 lines`);
    for (const guide of ['docs/payments.md', 'docs/payments.ru.md'])
      assert.ok(read(guide).includes(`\`\`\`${language}\n${program}\`\`\`\n`), `${guide} does not have ${file} as it is`);
  }
});

test('the card terminal of the guide to kiosks is that of examples/kiosks', () => {
  const program = read('examples/kiosks/terminal.py');
  for (const guide of ['docs/kiosk.md', 'docs/kiosk.ru.md']) assert.ok(read(guide).includes(`\`\`\`python\n${program}\`\`\`\n`), guide);
});

test('the guides to moving have every older name of a setting and of a metric', () => {
  const names = [...read('src/settings/older_names.hpp').matchAll(/\{"([A-Z_]+)", "[A-Z_]+"/g), ...read('src/telemetry/legacy_names.cpp').matchAll(/"((?:ws|kiosks|server)_[a-z_]+)"/g)].map(([, name]) => name);
  assert.ok(names.length > 25, `${names.length} names were found`);
  for (const guide of ['docs/moving.md', 'docs/moving.ru.md']) assert.deepEqual(names.filter((name) => !read(guide).includes(name)), [], guide);
});
