namespace CpIs.Messages.Fhir;

/// <summary>Systems and codes of reference section g and of contract section 5.</summary>
internal static class FhirSystems
{
    public const string NhsNumber = "https://fhir.nhs.uk/Id/nhs-number";
    public const string OdsCode = "https://fhir.nhs.uk/Id/ods-organization-code";

    /// <summary>The care database's person id.</summary>
    public const string LocalPersonId = "urn:oid:2.16.840.1.113883.2.1.3.2.4.18.24";

    /// <summary>The number of an upload file.</summary>
    public const string UploadFile = "urn:oid:2.16.840.1.113883.2.1.3.2.4.18.46";

    /// <summary>For identifiers that are addresses themselves, such as <c>urn:uuid:</c>.</summary>
    public const string Uri = "urn:ietf:rfc:3986";

    public const string Snomed = "http://snomed.info/sct";

    /// <summary>What was done to data; <c>DELETE</c> is the one used.</summary>
    public const string DataOperation = "http://terminology.hl7.org/CodeSystem/v3-DataOperation";
}
