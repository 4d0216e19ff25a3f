using System.Text.Json.Nodes;

namespace CpIs.Messages.Tests.Fhir;

/// <summary>Correct R4 documents, written by hand and not by the engine, on which the deliberate errors are made.</summary>
internal static class ValidDocuments
{
    public static JsonNode Get(string name) => JsonNode.Parse(name switch
    {
        "transaction" => Transaction,
        "searchset" => Searchset,
        "flag" => Flag,
        "outcome" => Outcome,
        "organization" => Organization,
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    })!;

    public static TheoryData<string> Names => ["transaction", "searchset", "flag", "outcome", "organization"];

    private const string Transaction = """
        {
          "resourceType": "Bundle",
          "identifier": { "system": "urn:oid:2.16.840.1.113883.2.1.3.2.4.18.46", "value": "000123" },
          "type": "transaction",
          "timestamp": "2026-03-10T02:00:00+00:00",
          "entry": [
            {
              "fullUrl": "urn:uuid:0e0f8f0e-35a5-4ab6-9c4e-7a3fd7a0c001",
              "resource": {
                "resourceType": "CareTeam",
                "identifier": [{ "system": "urn:ietf:rfc:3986", "value": "urn:uuid:0e0f8f0e-35a5-4ab6-9c4e-7a3fd7a0c101" }],
                "status": "active",
                "name": "EXAMPLE COUNCIL",
                "subject": { "type": "Patient", "identifier": { "system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018" } },
                "period": { "start": "2026-01-15" },
                "managingOrganization": [{ "type": "Organization", "display": "EXAMPLE COUNCIL" }],
                "telecom": [{ "system": "phone", "value": "01632960001", "use": "work" }]
              },
              "request": { "method": "PUT", "url": "CareTeam?identifier=urn:ietf:rfc:3986|urn:uuid:0e0f8f0e-35a5-4ab6-9c4e-7a3fd7a0c101" }
            },
            {
              "fullUrl": "urn:uuid:0e0f8f0e-35a5-4ab6-9c4e-7a3fd7a0c101",
              "resource": {
                "resourceType": "CarePlan",
                "text": { "status": "generated", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>A plan</p></div>" },
                "contained": [
                  {
                    "resourceType": "Patient",
                    "id": "subject",
                    "identifier": [{ "system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018" }],
                    "name": [{ "family": "Sample", "given": ["Alex"] }],
                    "birthDate": "2018-05-04",
                    "contact": [{ "name": { "family": "Sample" }, "gender": "unknown" }]
                  },
                  {
                    "resourceType": "Provenance",
                    "id": "removal",
                    "target": [{ "reference": "#" }],
                    "occurredDateTime": "2026-03-10",
                    "recorded": "2026-03-10T02:00:00Z",
                    "activity": { "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/v3-DataOperation", "code": "DELETE" }] },
                    "agent": [{ "who": { "type": "Organization", "display": "EXAMPLE COUNCIL" } }]
                  }
                ],
                "identifier": [{ "use": "official", "system": "urn:ietf:rfc:3986", "value": "urn:uuid:0e0f8f0e-35a5-4ab6-9c4e-7a3fd7a0c101" }],
                "status": "entered-in-error",
                "intent": "plan",
                "category": [{ "coding": [{ "system": "http://snomed.info/sct", "code": "342191000000101" }] }],
                "subject": { "reference": "#subject", "type": "Patient" },
                "period": { "start": "2026-01-15", "end": "2026-03-09" },
                "careTeam": [{ "reference": "urn:uuid:0e0f8f0e-35a5-4ab6-9c4e-7a3fd7a0c001" }],
                "activity": [{ "detail": { "status": "unknown" } }]
              },
              "request": { "method": "PUT", "url": "CarePlan?identifier=urn:ietf:rfc:3986|urn:uuid:0e0f8f0e-35a5-4ab6-9c4e-7a3fd7a0c101" }
            }
          ]
        }
        """;

    private const string Searchset = """
        {
          "resourceType": "Bundle",
          "type": "searchset",
          "total": 1,
          "entry": [
            {
              "fullUrl": "https://example.org/AuditEvent/q1",
              "resource": {
                "resourceType": "AuditEvent",
                "id": "q1",
                "extension": [{ "url": "https://example.org/extension", "valueString": "x" }],
                "type": { "system": "http://terminology.hl7.org/CodeSystem/audit-event-type", "code": "rest" },
                "action": "R",
                "period": { "start": "2026-03-09T10:00:00Z", "end": "2026-03-09T10:00:05Z" },
                "recorded": "2026-03-09T10:00:00+00:00",
                "outcome": "0",
                "agent": [
                  {
                    "role": [{ "text": "Nurse" }],
                    "who": { "display": "PALMER, Jo" },
                    "requestor": true,
                    "network": { "address": "192.0.2.1", "type": "2" }
                  }
                ],
                "source": { "observer": { "identifier": { "system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "RXX" }, "display": "EXAMPLE HOSPITAL" } },
                "entity": [
                  { "what": { "identifier": { "system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018" } }, "name": "Record", "detail": [{ "type": "kind", "valueString": "plan" }] }
                ]
              },
              "search": { "mode": "match" }
            }
          ]
        }
        """;

    private const string Flag = """
        {
          "resourceType": "Flag",
          "id": "flag-1",
          "contained": [
            {
              "resourceType": "Provenance",
              "id": "made",
              "target": [{ "reference": "#" }],
              "recorded": "2026-03-10T02:00:00Z",
              "agent": [{ "who": { "display": "EXAMPLE COUNCIL" } }]
            }
          ],
          "status": "active",
          "code": { "text": "Child protection" },
          "subject": { "reference": "Patient/p1" },
          "period": { "start": "2026-01-15" }
        }
        """;

    private const string Outcome = """
        { "resourceType": "OperationOutcome", "issue": [{ "severity": "error", "code": "invalid", "diagnostics": "A reason", "expression": ["Bundle.type"] }] }
        """;

    private const string Organization = """
        {
          "resourceType": "Organization",
          "id": "o1",
          "name": "EXAMPLE COUNCIL",
          "telecom": [{ "system": "phone", "value": "01632960001", "use": "work" }],
          "address": [{ "use": "work", "city": "Sampleton" }]
        }
        """;
}
