namespace CpIs.Batch.Tests.StandIn;

/// <summary>An upload written by hand, so that the program's writer is not its own witness.</summary>
internal static class RawUpload
{
    public const string Number = "9990000018";
    public const string OtherNumber = "9990000026";

    public const string Plan =
        """
        <pertinentInformation><npfitlc:contentId root="2.16.840.1.113883.2.1.3.2.4.18.16" extension="COCT_TP146101GB01#CPPInformation"/>
        <COCT_TP146101GB01.CPPInformation><component><cPPStartDate><value value="202601150000"/></cPPStartDate></component>
        <component1><cPPEndDate><value value="202603090000"/></cPPEndDate></component1></COCT_TP146101GB01.CPPInformation></pertinentInformation>
        """;

    public const string UnbornPlan =
        """
        <pertinentInformation><npfitlc:contentId root="2.16.840.1.113883.2.1.3.2.4.18.16" extension="COCT_TP146102GB01#UCPInformation"/>
        <COCT_TP146102GB01.UCPInformation><component><uCPStartDate><value value="202602200000"/></uCPStartDate></component>
        <component1><uCPEndDate><value value="202606010000"/></uCPEndDate></component1></COCT_TP146102GB01.UCPInformation></pertinentInformation>
        """;

    public const string Ids =
        $"""
        <id root="2.16.840.1.113883.2.1.4.1" extension="{Number}"/>
        <id root="2.16.840.1.113883.2.1.3.2.4.18.24" extension="P1" assigningAuthorityName="X99:Sampleshire Council"/>
        """;

    public const string Child =
        $"""
        <subject><npfitlc:contentId root="2.16.840.1.113883.2.1.3.2.4.18.16" extension="COCT_TP145101GB01#Child"/>
        <COCT_TP145101GB01.Child>{Ids}<childPerson><birthTime value="20180504"/><name><given>Alex</given><family>Sample</family></name></childPerson>
        </COCT_TP145101GB01.Child></subject>
        """;

    public const string Mother =
        $"""
        <subject><npfitlc:contentId root="2.16.840.1.113883.2.1.3.2.4.18.16" extension="COCT_TP145100GB01#UnbornChild"/>
        <COCT_TP145100GB01.UnbornChild><parentMotherPerson><birthTime value="19990101"/><name><given>Jo</given><family>Sample</family></name>
        <playedMother>{Ids}</playedMother></parentMotherPerson></COCT_TP145100GB01.UnbornChild></subject>
        """;

    /// <summary>File 123 with one good record.</summary>
    public static string Good { get; } = Of(Record(Plan, Child));

    /// <summary>File 123 with one good record of an unborn child.</summary>
    public static string GoodUnborn { get; } = Of(Record(UnbornPlan, Mother));

    public static string Record(params IEnumerable<string> parts) => $"<record><CP-ISRecord>{string.Concat(parts)}</CP-ISRecord></record>";

    /// <summary>A second good record, of another person.</summary>
    public static string OtherRecord { get; } = Record(Plan, Child.Replace(Number, OtherNumber).Replace("\"P1\"", "\"P2\""));

    public static string Of(params IReadOnlyList<string> records) =>
        $"""
        <File xmlns="urn:hl7-org:v3" xmlns:npfitlc="NPFIT:HL7:Localisation">
        <creationTime value="20260310020000+0000"/><id extension="000123"/><transmissionQuantity value="{records.Count}"/>
        <communicationFunctionSnd><organisation><id root="2.16.840.1.113883.2.1.3.2.4.19.1" extension="X99"/><name>Sampleshire Council</name>
        <telecom use="WP" value="tel:01632960001"/><telecom use="EC" value="tel:01632960002"/></organisation></communicationFunctionSnd>
        {string.Join("\n", records)}
        </File>
        """;
}
