using System.Globalization;

namespace CpIs.Transport.MeshApi;

/// <summary>The headers of a message. Names have no case; empty values count as absent.</summary>
internal sealed class MexHeaders
{
    private readonly Dictionary<string, string> _values = new(StringComparer.OrdinalIgnoreCase);

    public static MexHeaders Of(HttpResponseMessage response)
    {
        var headers = new MexHeaders();
        foreach (var (name, values) in response.Headers.Concat(response.Content.Headers))
        {
            var value = string.Join(", ", values).Trim();
            if (value.Length > 0)
            {
                headers._values[name] = value;
            }
        }

        return headers;
    }

    public string? MessageType => this["Mex-MessageType"];

    public string? WorkflowId => this["Mex-WorkflowID"];

    public string? LocalId => this["Mex-LocalID"];

    public string? LinkedMessageId => this["Mex-LinkedMsgID"];

    public string? FileName => this["Mex-FileName"];

    public string? Checksum => this["Mex-Content-Checksum"];

    /// <summary>In how many parts the message comes; null if it is not said. Reports say 0.</summary>
    public int? TotalChunks
    {
        get
        {
            var total = this["Mex-Chunk-Range"]?.Split(':') is [_, var last] ? last : this["Mex-Total-Chunks"];
            return int.TryParse(total, NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var number) ? number : null;
        }
    }

    /// <summary>A report of MESH on a message of ours. One that lost its type is known by the message it links to.</summary>
    public bool IsReport =>
        string.Equals(MessageType, "REPORT", StringComparison.OrdinalIgnoreCase) || (MessageType is null && LinkedMessageId is not null);

    public bool IsData => MessageType is null ? LinkedMessageId is null : string.Equals(MessageType, "DATA", StringComparison.OrdinalIgnoreCase);

    public TransportReport ToReport()
    {
        var code = this["Mex-StatusCode"];
        var success = string.Equals(this["Mex-StatusSuccess"], "SUCCESS", StringComparison.OrdinalIgnoreCase) && (code is null or "00" or "0");
        return new TransportReport(LinkedMessageId, LocalId, !success, this["Mex-StatusEvent"], code, SafeText.Of(this["Mex-StatusDescription"]));
    }

    private string? this[string name] => _values.GetValueOrDefault(name);
}
