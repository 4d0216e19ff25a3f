using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using CpIs.Domain.Alerts;

namespace CpIs.Batch.Report;

/// <summary>
/// Builds a page. What stands in an interpolated string as it is written is markup; every value put into it is text and is escaped, with
/// control and bidirectional characters made spaces. There is no way to put in markup from a value.
/// </summary>
internal sealed class HtmlText
{
    private static readonly HtmlEncoder s_encoder = HtmlEncoder.Create(UnicodeRanges.All);
    private readonly StringBuilder _text = new();

    /// <summary>Adds markup with values in it.</summary>
    public HtmlText Add([InterpolatedStringHandlerArgument("")] ref Markup markup)
    {
        markup.End();
        return this;
    }

    /// <summary>Adds the page's own style sheet.</summary>
    public HtmlText AddStyle(string css)
    {
        _text.Append("<style>").Append(css).Append("</style>");
        return this;
    }

    public override string ToString() => _text.ToString();

    /// <summary>Takes an interpolated string apart into markup and values.</summary>
    [InterpolatedStringHandler]
    public readonly struct Markup
    {
        private readonly HtmlText _page;

        public Markup(int literalLength, int formattedCount, HtmlText page)
        {
            _page = page;
            page._text.EnsureCapacity(page._text.Length + literalLength + formattedCount);
        }

        public void AppendLiteral(string markup) => _page._text.Append(markup);

        public void AppendFormatted(string? value) => _page._text.Append(s_encoder.Encode(ColumnText.Clean(value)));

        public void AppendFormatted(long value) => _page._text.Append(value.ToString(CultureInfo.InvariantCulture));

        public void AppendFormatted(decimal value) => _page._text.Append(value.ToString("0.###", CultureInfo.InvariantCulture));

        public void AppendFormatted(DateOnly value) => AppendFormatted(value.ToString("d MMM yyyy", CultureInfo.InvariantCulture));

        internal void End() => _page._text.Append('\n');
    }
}
