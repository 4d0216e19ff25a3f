namespace CpIs.Transport;

/// <summary>Outcomes that every transport shares.</summary>
internal static class Outbound
{
    public static SendResult Missing { get; } = new(
        SendOutcome.Refused,
        Detail: "The payload file is no longer where it was written. Restore it from the archive or make it anew with transform.");

    public static SendResult Changed { get; } = new(
        SendOutcome.Refused,
        Detail: "The payload file is not the one that was written: its hash differs. It was not sent. Make it anew with transform.");
}
