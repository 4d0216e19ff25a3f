using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace CpIs.Messages.Tests.Fhir.Validation;

/// <summary>
/// FHIRPath as far as the invariants of the trimmed definitions use it. What is not known here throws, so that no invariant passes unread.
/// Values are <see cref="FhirNode"/>, string, decimal or bool.
/// </summary>
internal sealed class FhirPath
{
    private delegate List<object> Step(Scope scope, List<object> focus);

    private sealed record Scope(FhirNode Context, object This);

    private static readonly ConcurrentDictionary<string, FhirPath> Compiled = new(StringComparer.Ordinal);
    private static readonly Regex Lexer = new(
        @"\G\s*(?:(?<string>'(?:[^'\\]|\\.)*')|(?<number>\d+(?:\.\d+)?)|(?<name>[A-Za-z_]\w*|`[^`]+`)|(?<variable>[%$]\w+)|(?<symbol>!=|<=|>=|!~|[-.(),\[\]{}=<>~|&+*/]))",
        RegexOptions.CultureInvariant,
        TimeSpan.FromSeconds(5));

    // From loosest to tightest.
    private static readonly string[][] Operators =
    [
        ["implies"], ["or", "xor"], ["and"], ["in"], ["=", "!="], ["<", ">", "<=", ">="], ["|"], ["+", "&"],
    ];

    private readonly List<(string Kind, string Text)> _tokens = [];
    private readonly Step _root;
    private int _at;

    private FhirPath(string expression)
    {
        var position = 0;
        while (position < expression.Length && expression[position..].Trim().Length > 0)
        {
            var match = Lexer.Match(expression, position);
            if (!match.Success)
            {
                throw new NotSupportedException($"FHIRPath: cannot read '{expression[position..]}'.");
            }

            var group = match.Groups.Cast<Group>().Skip(1).First(g => g.Success);
            _tokens.Add((group.Name, group.Name is "name" ? group.Value.Trim('`') : group.Name is "string" ? group.Value[1..^1] : group.Value));
            position = match.Index + match.Length;
        }

        _root = Binary(0);
        if (_at != _tokens.Count)
        {
            throw new NotSupportedException($"FHIRPath: '{_tokens[_at].Text}' is out of place in '{expression}'.");
        }
    }

    public static FhirPath Compile(string expression) => Compiled.GetOrAdd(expression, e => new FhirPath(e));

    /// <summary>False only when the result is false: an empty result is no violation.</summary>
    public bool Holds(FhirNode node) => Truth(_root(new Scope(node, node), [node])) != false;

    private Step Binary(int level)
    {
        if (level == Operators.Length)
        {
            return Postfix();
        }

        var left = Binary(level + 1);
        while (_at < _tokens.Count && _tokens[_at].Kind is "symbol" or "name" && Operators[level].Contains(_tokens.ElementAtOrDefault(_at).Text))
        {
            var symbol = _tokens[_at++].Text;
            var (l, r) = (left, Binary(level + 1));
            left = (scope, focus) => l(scope, focus) is var first && Decided(symbol, first) is { } decided ? [decided] : Apply(symbol, first, r(scope, focus));
        }

        return left;
    }

    private Step Postfix()
    {
        var step = Term();
        while (_at < _tokens.Count && _tokens[_at] is { Kind: "symbol", Text: "." })
        {
            _at++;
            var (before, after) = (step, Member());
            step = (scope, focus) => after(scope, before(scope, focus));
        }

        return step;
    }

    private Step Term()
    {
        var (kind, text) = _tokens[_at];
        switch (kind)
        {
            case "string":
                _at++;
                return (_, _) => [text];
            case "number":
                _at++;
                var number = decimal.Parse(text, CultureInfo.InvariantCulture);
                return (_, _) => [number];
            case "variable":
                _at++;
                return text switch
                {
                    "$this" => (scope, _) => [scope.This],
                    "%resource" => (scope, _) => [scope.Context.Resource],
                    "%rootResource" => (scope, _) => [scope.Context.RootResource],
                    "%context" => (scope, _) => [scope.Context],
                    "%ucum" => (_, _) => ["http://unitsofmeasure.org"],
                    _ => throw new NotSupportedException($"FHIRPath: {text} is not known."),
                };
            case "symbol" when text == "(":
                _at++;
                var inner = Binary(0);
                Expect(")");
                return inner;
            case "name" when text is "true" or "false" && _tokens.ElementAtOrDefault(_at + 1).Text != "(":
                _at++;
                return (_, _) => [text == "true"];
            default:
                return Member();
        }
    }

    private Step Member()
    {
        var (kind, name) = _tokens[_at++];
        if (kind != "name")
        {
            throw new NotSupportedException($"FHIRPath: '{name}' is out of place.");
        }

        if (_at >= _tokens.Count || _tokens[_at] is not { Kind: "symbol", Text: "(" })
        {
            return (_, focus) => focus.OfType<FhirNode>().SelectMany(n => n.Named(name)).ToList<object>();
        }

        _at++;
        if (name is "is" or "as" or "ofType")
        {
            var type = _tokens[_at++].Text;
            Expect(")");
            return name == "is"
                ? (_, focus) => focus is [FhirNode only] ? [only.Type == type] : []
                : (_, focus) => focus.Where(f => f is FhirNode n && n.Type == type).ToList();
        }

        var arguments = new List<Step>();
        while (_tokens[_at].Text != ")")
        {
            arguments.Add(Binary(0));
            if (_tokens[_at].Text == ",")
            {
                _at++;
            }
        }

        Expect(")");
        return Function(name, arguments);
    }

    private static Step Function(string name, List<Step> arguments)
    {
        static Step Of(Func<List<object>, List<object>> function) => (_, focus) => function(focus);
        static Step Text(Func<string, object> function) => Of(focus => AsText(focus) is { } t ? [function(t)] : []);
        List<object> Each(Scope scope, object item, int argument = 0) => arguments[argument](scope with { This = item }, [item]);
        string Argument(Scope scope, List<object> focus) => AsText(arguments[0](scope, focus)) ?? "";

        return name switch
        {
            "exists" when arguments.Count == 0 => Of(f => [f.Count > 0]),
            "exists" => (s, f) => [f.Exists(i => Truth(Each(s, i)) == true)],
            "empty" => Of(f => [f.Count == 0]),
            "not" => Of(f => Truth(f) is { } truth ? [!truth] : []),
            "count" => Of(f => [(decimal)f.Count]),
            "first" => Of(f => f.Take(1).ToList()),
            "all" => (s, f) => [f.TrueForAll(i => Truth(Each(s, i)) == true)],
            "allFalse" => Of(f => [f.TrueForAll(i => Truth([i]) == false)]),
            "where" => (s, f) => f.Where(i => Truth(Each(s, i)) == true).ToList(),
            "select" => (s, f) => f.SelectMany(i => Each(s, i)).ToList(),
            "isDistinct" => Of(f => [f.Select(Plain).Distinct().Count() == f.Count]),
            "hasValue" => Of(f => [f is [FhirNode { Value: not null }] or [not FhirNode]]),
            "children" => Of(f => f.OfType<FhirNode>().SelectMany(n => n.Children).ToList<object>()),
            "descendants" => Of(f => f.OfType<FhirNode>().SelectMany(n => n.Descendants()).ToList<object>()),
            "trace" => Of(f => f),
            "toString" => Of(f => AsText(f) is { } t ? [t] : []),
            "startsWith" => (s, f) => Text(t => t.StartsWith(Argument(s, f), StringComparison.Ordinal))(s, f),
            "contains" => (s, f) => Text(t => t.Contains(Argument(s, f), StringComparison.Ordinal))(s, f),
            "substring" => (s, f) => AsText(f) is { } t && arguments[0](s, f) is [decimal from] && from < t.Length ? [t[(int)from..]] : [],
            "iif" => (s, f) => Truth(Each(s, f.FirstOrDefault() ?? s.This)) == true || f.Count == 0 && Truth(arguments[0](s, f)) == true
                ? arguments[1](s, f)
                : arguments[2](s, f),
            "resolve" => Of(f => f.OfType<FhirNode>().Select(n => n.Text("reference") is { } r ? n.Resolve(r) : null).OfType<object>().ToList()),
            _ => throw new NotSupportedException($"FHIRPath: {name}() is not known."),
        };
    }

    /// <summary>The result where the left side alone decides it.</summary>
    private static object? Decided(string symbol, List<object> left) => symbol switch
    {
        "or" when Truth(left) == true => true,
        "and" when Truth(left) == false => false,
        "implies" when Truth(left) == false => true,
        _ => null,
    };

    private static List<object> Apply(string symbol, List<object> left, List<object> right)
    {
        switch (symbol)
        {
            case "and":
                return Logic(Truth(left) == false || Truth(right) == false ? false : Truth(left) is null || Truth(right) is null ? null : true);
            case "or":
                return Logic(Truth(left) == true || Truth(right) == true ? true : Truth(left) is null || Truth(right) is null ? null : false);
            case "xor":
                return Logic(Truth(left) is { } a && Truth(right) is { } b ? a != b : null);
            case "implies":
                return Logic(Truth(left) == false || Truth(right) == true ? true : Truth(left) is null || Truth(right) is null ? null : false);
            case "|":
                return left.Concat(right).DistinctBy(Plain).ToList();
            case "in":
                return left.Count == 0 ? [] : [right.Select(Plain).Contains(Plain(left.Single()))];
            case "&":
                return [(AsText(left) ?? "") + (AsText(right) ?? "")];
            case "+" when left is [decimal one] && right is [decimal other]:
                return [one + other];
            case "+":
                return AsText(left) is { } x && AsText(right) is { } y ? [x + y] : [];
            case "=":
            case "!=":
                return left.Count == 0 || right.Count == 0 ? [] : [left.Select(Plain).SequenceEqual(right.Select(Plain)) == (symbol == "=")];
            default:
                return Compare(left, right) is { } order
                    ? [symbol switch { "<" => order < 0, ">" => order > 0, "<=" => order <= 0, _ => order >= 0 }]
                    : [];
        }
    }

    private static int? Compare(List<object> left, List<object> right)
    {
        if (left.Count != 1 || right.Count != 1)
        {
            return null;
        }

        return (Plain(left[0]), Plain(right[0])) switch
        {
            (decimal a, decimal b) => a.CompareTo(b),
            (string a, string b) when a.Contains('T', StringComparison.Ordinal) && b.Contains('T', StringComparison.Ordinal) =>
                DateTimeOffset.Parse(a, CultureInfo.InvariantCulture).CompareTo(DateTimeOffset.Parse(b, CultureInfo.InvariantCulture)),
            (string a, string b) when a.Length == b.Length => string.CompareOrdinal(a, b),

            // Of different precision: decided by what both state, and undecided where that is equal.
            (string a, string b) => string.CompareOrdinal(a, 0, b, 0, Math.Min(a.Length, b.Length)) is not 0 and var order ? order : null,
            _ => null,
        };
    }

    private static object Plain(object value) => value is not FhirNode { Value: { } json } ? value : json.ValueKind switch
    {
        JsonValueKind.String => json.GetString()!,
        JsonValueKind.Number => json.GetDecimal(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => value,
    };

    private static bool? Truth(List<object> values) => values.Count == 0 ? null : Plain(values[0]) is bool truth ? truth : true;

    private static string? AsText(List<object> values) => values.Count == 1
        ? Plain(values[0]) switch { string text => text, decimal number => number.ToString(CultureInfo.InvariantCulture), _ => null }
        : null;

    private static List<object> Logic(bool? truth) => truth is { } known ? [known] : [];

    private void Expect(string symbol)
    {
        if (_tokens[_at++].Text != symbol)
        {
            throw new NotSupportedException($"FHIRPath: '{symbol}' expected.");
        }
    }
}
