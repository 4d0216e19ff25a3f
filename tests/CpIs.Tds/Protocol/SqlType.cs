using System.Globalization;

namespace CpIs.Tds.Protocol;

/// <summary>Data types in the order of their precedence, lowest first ("Data type precedence" of the T-SQL reference).</summary>
internal enum TypeId
{
    Null,
    Binary,
    VarBinary,
    Char,
    VarChar,
    NChar,
    NVarChar,
    UniqueIdentifier,
    Bit,
    TinyInt,
    SmallInt,
    Int,
    BigInt,
    Money,
    Decimal,
    Real,
    Float,
    Time,
    Date,
    SmallDateTime,
    DateTime,
    DateTime2,
    DateTimeOffset,
    Variant,
    Table,
}

/// <summary>
/// A declared type. <c>Length</c> is in characters for text and in bytes for binary, -1 for MAX. In SQLite a value stands as integer (bit
/// to bigint), real (real, float), blob (binary) or text (all others; decimal, dates and uniqueidentifier in one fixed form each).
/// </summary>
internal sealed record SqlType(TypeId Id, int Length = 0, byte Precision = 0, byte Scale = 0, string? Collation = null)
{
    public const int Max = -1;

    public static readonly SqlType Null = new(TypeId.Null);
    public static readonly SqlType Bit = new(TypeId.Bit);
    public static readonly SqlType TinyInt = new(TypeId.TinyInt);
    public static readonly SqlType SmallInt = new(TypeId.SmallInt);
    public static readonly SqlType Int = new(TypeId.Int);
    public static readonly SqlType BigInt = new(TypeId.BigInt);
    public static readonly SqlType Float = new(TypeId.Float);
    public static readonly SqlType Date = new(TypeId.Date);
    public static readonly SqlType DateTime = new(TypeId.DateTime, Scale: 3);
    public static readonly SqlType Guid = new(TypeId.UniqueIdentifier);
    public static readonly SqlType Variant = new(TypeId.Variant);

    public bool IsText => Id is TypeId.Char or TypeId.VarChar or TypeId.NChar or TypeId.NVarChar;

    public bool IsUnicode => Id is TypeId.NChar or TypeId.NVarChar;

    public bool IsBinary => Id is TypeId.Binary or TypeId.VarBinary;

    public bool IsInteger => Id is TypeId.Bit or TypeId.TinyInt or TypeId.SmallInt or TypeId.Int or TypeId.BigInt;

    public bool IsExact => IsInteger || IsDecimal;

    public bool IsDecimal => Id is TypeId.Decimal or TypeId.Money;

    public bool IsFloating => Id is TypeId.Real or TypeId.Float;

    public bool IsNumber => IsExact || IsFloating;

    public bool IsInstant => Id is TypeId.SmallDateTime or TypeId.DateTime or TypeId.DateTime2;

    public bool IsTemporal => Id is >= TypeId.Time and <= TypeId.DateTimeOffset;

    public static SqlType NVarChar(int length, string? collation = null) => new(TypeId.NVarChar, length, Collation: collation);

    public static SqlType VarChar(int length, string? collation = null) => new(TypeId.VarChar, length, Collation: collation);

    public static SqlType VarBinary(int length) => new(TypeId.VarBinary, length);

    public static SqlType Decimal(int precision, int scale) => new(TypeId.Decimal, 0, (byte)precision, (byte)scale);

    public static SqlType DateTime2(int scale) => new(TypeId.DateTime2, Scale: (byte)scale);

    public static SqlType DateTimeOffset(int scale) => new(TypeId.DateTimeOffset, Scale: (byte)scale);

    public static SqlType Time(int scale) => new(TypeId.Time, Scale: (byte)scale);

    /// <summary>Name as in error messages.</summary>
    public string BaseName => Id switch
    {
        TypeId.Null => "NULL",
        TypeId.Decimal => "numeric",
        TypeId.Variant => "sql_variant",
        _ => Id.ToString().ToLowerInvariant(),
    };

    /// <summary>Name as in a declaration.</summary>
    public override string ToString() => Id switch
    {
        _ when IsText || IsBinary => $"{BaseName}({(Length == Max ? "max" : Length.ToString(CultureInfo.InvariantCulture))})",
        TypeId.Decimal => $"decimal({Precision},{Scale})",
        TypeId.DateTime2 or TypeId.DateTimeOffset or TypeId.Time => $"{BaseName}({Scale})",
        _ => BaseName,
    };

    /// <summary>Bytes as <c>sys.columns.max_length</c> counts them.</summary>
    public int MaxLength => Id switch
    {
        _ when Length == Max => -1,
        _ when IsUnicode => Length * 2,
        _ when IsText || IsBinary => Length,
        TypeId.Bit or TypeId.TinyInt => 1,
        TypeId.SmallInt => 2,
        TypeId.Int or TypeId.Real or TypeId.SmallDateTime => 4,
        TypeId.Date => 3,
        TypeId.UniqueIdentifier => 16,
        TypeId.Decimal => Precision switch { <= 9 => 5, <= 19 => 9, <= 28 => 13, _ => 17 },
        TypeId.Time => Scale switch { <= 2 => 3, <= 4 => 4, _ => 5 },
        TypeId.DateTime2 => Scale switch { <= 2 => 6, <= 4 => 7, _ => 8 },
        TypeId.DateTimeOffset => Scale switch { <= 2 => 8, <= 4 => 9, _ => 10 },
        _ => 8,
    };

    /// <summary>The type of a set of values of both types (UNION, CASE, COALESCE and comparisons).</summary>
    public static SqlType Combine(SqlType a, SqlType b)
    {
        if (a.Id == TypeId.Null)
        {
            return b;
        }

        if (b.Id == TypeId.Null || a == b)
        {
            return a;
        }

        var (high, low) = a.Id >= b.Id ? (a, b) : (b, a);
        if (high.IsText && low.IsText)
        {
            return high with { Length = LongerOf(a.Length, b.Length, high.IsUnicode ? 4000 : 8000), Collation = a.Collation ?? b.Collation };
        }

        if (high.IsBinary && low.IsBinary)
        {
            return high with { Length = LongerOf(a.Length, b.Length, 8000) };
        }

        if (high.Id == TypeId.Decimal && low.IsExact)
        {
            var other = AsDecimal(low);
            var scale = Math.Max(high.Scale, other.Scale);
            return Decimal(Math.Min(38, Math.Max(high.Precision - high.Scale, other.Precision - other.Scale) + scale), scale);
        }

        return high.IsTemporal && high.Id == low.Id ? high with { Scale = Math.Max(a.Scale, b.Scale) } : high;
    }

    /// <summary>The decimal type that holds all values of an exact number type.</summary>
    public static SqlType AsDecimal(SqlType type) => type.Id switch
    {
        TypeId.Bit => Decimal(1, 0),
        TypeId.TinyInt => Decimal(3, 0),
        TypeId.SmallInt => Decimal(5, 0),
        TypeId.Int => Decimal(10, 0),
        TypeId.BigInt => Decimal(19, 0),
        TypeId.Money => Decimal(19, 4),
        TypeId.Decimal => type,
        _ => Decimal(38, 10),
    };

    /// <summary>Length of a concatenation, which stays within what is not MAX.</summary>
    public static int Sum(int a, int b, int limit) => a == Max || b == Max ? Max : Math.Min(limit, a + b);

    private static int LongerOf(int a, int b, int limit) => a == Max || b == Max ? Max : Math.Min(limit, Math.Max(a, b));
}
