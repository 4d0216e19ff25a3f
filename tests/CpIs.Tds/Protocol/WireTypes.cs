using System.Text;

namespace CpIs.Tds.Protocol;

/// <summary>TYPE_INFO and values as they stand on the wire ([MS-TDS] 2.2.5.4 to 2.2.5.6).</summary>
internal static class WireTypes
{
    private static readonly DateTime Year1900 = new(1900, 1, 1);
    private static readonly byte[] DefaultCollation = [0x09, 0x04, 0xD0, 0x00, 0x34];
    private static readonly byte[] BinaryCollation = [0x09, 0x04, 0x00, 0x22, 0x00];

    public static Encoding Ansi { get; } = CodePagesEncodingProvider.Instance.GetEncoding(1252)!;

    public static ReadOnlySpan<byte> ServerCollation => DefaultCollation;

    public static void WriteInfo(ResponseWriter w, SqlType type)
    {
        switch (type.Id)
        {
            case TypeId.Bit:
                w.Byte(0x68);
                w.Byte(1);
                break;
            case TypeId.TinyInt or TypeId.SmallInt or TypeId.Int or TypeId.BigInt:
                w.Byte(0x26);
                w.Byte((byte)type.MaxLength);
                break;
            case TypeId.Null:
                w.Byte(0x26);
                w.Byte(4);
                break;
            case TypeId.Real or TypeId.Float:
                w.Byte(0x6D);
                w.Byte((byte)type.MaxLength);
                break;
            case TypeId.Decimal:
                w.Byte(0x6A);
                w.Byte(17);
                w.Byte(type.Precision);
                w.Byte(type.Scale);
                break;
            case TypeId.Money:
                w.Byte(0x6E);
                w.Byte(8);
                break;
            case TypeId.Date:
                w.Byte(0x28);
                break;
            case TypeId.Time:
                w.Byte(0x29);
                w.Byte(type.Scale);
                break;
            case TypeId.DateTime2:
                w.Byte(0x2A);
                w.Byte(type.Scale);
                break;
            case TypeId.DateTimeOffset:
                w.Byte(0x2B);
                w.Byte(type.Scale);
                break;
            case TypeId.DateTime or TypeId.SmallDateTime:
                w.Byte(0x6F);
                w.Byte((byte)type.MaxLength);
                break;
            case TypeId.UniqueIdentifier:
                w.Byte(0x24);
                w.Byte(16);
                break;
            case TypeId.Variant:
                w.Byte(0x62);
                w.Int32(8009);
                break;
            case TypeId.Binary or TypeId.VarBinary:
                w.Byte(type.Id == TypeId.Binary ? (byte)0xAD : (byte)0xA5);
                w.UInt16(Size(type));
                break;
            default:
                w.Byte(type.Id switch { TypeId.Char => 0xAF, TypeId.VarChar => 0xA7, TypeId.NChar => 0xEF, _ => 0xE7 });
                w.UInt16(Size(type));
                w.Bytes(type.Collation?.Contains("_BIN", StringComparison.OrdinalIgnoreCase) == true ? BinaryCollation : DefaultCollation);
                break;
        }
    }

    public static void WriteValue(ResponseWriter w, SqlType type, object? value)
    {
        switch (type.Id)
        {
            case TypeId.Bit or TypeId.TinyInt or TypeId.SmallInt or TypeId.Int or TypeId.BigInt or TypeId.Null:
                WriteInteger(w, type, value);
                break;
            case TypeId.Real when value is not null:
                w.Byte(4);
                w.Int32(BitConverter.SingleToInt32Bits(Convert.ToSingle(value, null)));
                break;
            case TypeId.Float when value is not null:
                w.Byte(8);
                w.Int64(BitConverter.DoubleToInt64Bits(Convert.ToDouble(value, null)));
                break;
            case TypeId.Decimal when value is not null:
                WriteDecimal(w, Stored.ToDecimal((string)value), type.Scale);
                break;
            case TypeId.Money when value is not null:
                var money = (long)(Stored.ToDecimal((string)value) * 10000m);
                w.Byte(8);
                w.Int32((int)(money >> 32));
                w.Int32((int)money);
                break;
            case TypeId.Date when value is not null:
                w.Byte(3);
                WriteDays(w, Stored.ToDate((string)value));
                break;
            case TypeId.Time when value is not null:
                w.Byte((byte)TimeLength(type.Scale));
                WriteTime(w, Stored.ToTime((string)value).Ticks, type.Scale);
                break;
            case TypeId.DateTime2 when value is not null:
                var instant = Stored.ToInstant((string)value);
                w.Byte((byte)(TimeLength(type.Scale) + 3));
                WriteTime(w, instant.TimeOfDay.Ticks, type.Scale);
                WriteDays(w, instant);
                break;
            case TypeId.DateTimeOffset when value is not null:
                var offset = Stored.ToOffset((string)value);
                w.Byte((byte)(TimeLength(type.Scale) + 5));
                WriteTime(w, offset.UtcDateTime.TimeOfDay.Ticks, type.Scale);
                WriteDays(w, offset.UtcDateTime);
                w.UInt16((ushort)(short)offset.Offset.TotalMinutes);
                break;
            case TypeId.DateTime when value is not null:
                var time = Stored.ToInstant((string)value);
                w.Byte(8);
                w.Int32((time.Date - Year1900).Days);
                w.Int32((int)Math.Round(time.TimeOfDay.Ticks * 300.0 / TimeSpan.TicksPerSecond));
                break;
            case TypeId.SmallDateTime when value is not null:
                var small = Stored.ToInstant((string)value);
                w.Byte(4);
                w.UInt16((ushort)(small.Date - Year1900).Days);
                w.UInt16((ushort)small.TimeOfDay.TotalMinutes);
                break;
            case TypeId.UniqueIdentifier when value is not null:
                w.Byte(16);
                w.Bytes(Guid.Parse((string)value).ToByteArray());
                break;
            case TypeId.Variant:
                WriteVariant(w, value);
                break;
            case TypeId.Binary or TypeId.VarBinary:
                WriteLong(w, type, (byte[]?)value);
                break;
            case TypeId.Char or TypeId.VarChar:
                WriteLong(w, type, value is null ? null : Ansi.GetBytes((string)value));
                break;
            case TypeId.NChar or TypeId.NVarChar:
                WriteLong(w, type, value is null ? null : Encoding.Unicode.GetBytes((string)value));
                break;
            default:
                w.Byte(0);
                break;
        }
    }

    public static SqlType ReadInfo(PayloadReader r)
    {
        var code = r.Byte();
        switch (code)
        {
            case 0x1F:
                return SqlType.Null;
            case 0x30:
                return SqlType.TinyInt;
            case 0x32:
                return SqlType.Bit;
            case 0x34:
                return SqlType.SmallInt;
            case 0x38:
                return SqlType.Int;
            case 0x7F:
                return SqlType.BigInt;
            case 0x3B:
                return new(TypeId.Real);
            case 0x3E:
                return SqlType.Float;
            case 0x3D:
                return SqlType.DateTime;
            case 0x3A:
                return new(TypeId.SmallDateTime);
            case 0x26:
                return r.Byte() switch { 1 => SqlType.TinyInt, 2 => SqlType.SmallInt, 4 => SqlType.Int, _ => SqlType.BigInt };
            case 0x68:
                r.Byte();
                return SqlType.Bit;
            case 0x6D:
                return r.Byte() == 4 ? new(TypeId.Real) : SqlType.Float;
            case 0x6F:
                return r.Byte() == 4 ? new(TypeId.SmallDateTime) : SqlType.DateTime;
            case 0x6A or 0x6C:
                r.Byte();
                return SqlType.Decimal(r.Byte(), r.Byte());
            case 0x6E:
                r.Byte();
                return new(TypeId.Money, Precision: 19, Scale: 4);
            case 0x28:
                return SqlType.Date;
            case 0x29:
                return SqlType.Time(r.Byte());
            case 0x2A:
                return SqlType.DateTime2(r.Byte());
            case 0x2B:
                return SqlType.DateTimeOffset(r.Byte());
            case 0x24:
                r.Byte();
                return SqlType.Guid;
            case 0xA5 or 0xAD:
                return new(code == 0xA5 ? TypeId.VarBinary : TypeId.Binary, Length(r.UInt16(), 1));
            case 0xA7 or 0xAF:
            {
                var length = Length(r.UInt16(), 1);
                r.Position += 5;
                return new(code == 0xA7 ? TypeId.VarChar : TypeId.Char, length);
            }

            case 0xE7 or 0xEF:
            {
                var length = Length(r.UInt16(), 2);
                r.Position += 5;
                return new(code == 0xE7 ? TypeId.NVarChar : TypeId.NChar, length);
            }

            default:
                throw SqlError.Unsupported($"data type 0x{code:X2} on the wire");
        }
    }

    /// <param name="r">At the value.</param>
    /// <param name="type">As <see cref="ReadInfo"/> read it.</param>
    /// <param name="code">The type's code on the wire: some have no length in front of their values.</param>
    /// <returns>The value as it stands in SQLite.</returns>
    public static object? ReadValue(PayloadReader r, SqlType type, byte code)
    {
        switch (code)
        {
            case 0x1F:
                return null;
            case 0x30 or 0x32:
                return (long)r.Byte();
            case 0x34:
                return (long)(short)r.UInt16();
            case 0x38:
                return (long)r.Int32();
            case 0x7F:
                return r.Int64();
            case 0x3B:
                return (double)BitConverter.Int32BitsToSingle(r.Int32());
            case 0x3E:
                return BitConverter.Int64BitsToDouble(r.Int64());
            case 0x3D:
                return ReadDateTime(r);
            case 0x3A:
                return Stored.Instant(Year1900.AddDays(r.UInt16()).AddMinutes(r.UInt16()));
        }

        if (type.IsText || type.IsBinary)
        {
            var bytes = ReadLong(r, type);
            return bytes is null ? null
                : type.IsBinary ? bytes
                : type.IsUnicode ? Encoding.Unicode.GetString(bytes)
                : Ansi.GetString(bytes);
        }

        var length = r.Byte();
        if (length == 0)
        {
            return null;
        }

        switch (type.Id)
        {
            case TypeId.Bit or TypeId.TinyInt or TypeId.SmallInt or TypeId.Int or TypeId.BigInt:
                return length switch { 1 => (long)r.Byte(), 2 => (short)r.UInt16(), 4 => r.Int32(), _ => r.Int64() };
            case TypeId.Real or TypeId.Float:
                return length == 4 ? (double)BitConverter.Int32BitsToSingle(r.Int32()) : BitConverter.Int64BitsToDouble(r.Int64());
            case TypeId.Decimal:
            {
                var isPositive = r.Byte() != 0;
                var digits = new System.Numerics.BigInteger(r.Take(length - 1), isUnsigned: true);
                var value = (decimal)digits / Power10(type.Scale);
                return Stored.Decimal(isPositive ? value : -value, type.Scale);
            }

            case TypeId.Money:
            {
                var high = (long)r.Int32();
                return Stored.Decimal(((high << 32) | r.UInt32()) / 10000m, 4);
            }

            case TypeId.Date:
                return Stored.Date(ReadDays(r));
            case TypeId.Time:
                return Stored.Time(new(ReadTime(r, length, type.Scale)));
            case TypeId.DateTime2:
            {
                var ticks = ReadTime(r, length - 3, type.Scale);
                return Stored.Instant(ReadDays(r).AddTicks(ticks));
            }

            case TypeId.DateTimeOffset:
            {
                var ticks = ReadTime(r, length - 5, type.Scale);
                var utc = DateTime.SpecifyKind(ReadDays(r).AddTicks(ticks), DateTimeKind.Utc);
                return Stored.Offset(new DateTimeOffset(utc).ToOffset(TimeSpan.FromMinutes((short)r.UInt16())));
            }

            case TypeId.DateTime:
                return ReadDateTime(r);
            case TypeId.SmallDateTime:
                return Stored.Instant(Year1900.AddDays(r.UInt16()).AddMinutes(r.UInt16()));
            case TypeId.UniqueIdentifier:
                return Stored.Guid(new(r.Take(16)));
            default:
                throw SqlError.Unsupported($"a value of type {type} on the wire");
        }
    }

    private static int Length(ushort bytes, int unit) => bytes == 0xFFFF ? SqlType.Max : bytes / unit;

    private static ushort Size(SqlType type) => type.Length == SqlType.Max ? (ushort)0xFFFF : (ushort)Math.Max(1, type.MaxLength);

    private static int TimeLength(int scale) => scale switch { <= 2 => 3, <= 4 => 4, _ => 5 };

    private static decimal Power10(int exponent)
    {
        var value = 1m;
        for (var i = 0; i < exponent; i++)
        {
            value *= 10;
        }

        return value;
    }

    private static void WriteInteger(ResponseWriter w, SqlType type, object? value)
    {
        if (value is null)
        {
            w.Byte(0);
            return;
        }

        if (value is not long number)
        {
            throw new SqlError(8115, $"Arithmetic overflow error converting expression to data type {type.BaseName}.");
        }

        Conversion.CheckRange(number, type);
        switch (type.MaxLength)
        {
            case 1:
                w.Byte(1);
                w.Byte((byte)number);
                break;
            case 2:
                w.Byte(2);
                w.UInt16((ushort)(short)number);
                break;
            case 4:
                w.Byte(4);
                w.Int32((int)number);
                break;
            default:
                w.Byte(8);
                w.Int64(number);
                break;
        }
    }

    private static void WriteDecimal(ResponseWriter w, decimal value, int scale)
    {
        var digits = System.Numerics.BigInteger.Parse(Stored.Decimal(Math.Abs(value), scale).Replace(".", "", StringComparison.Ordinal), null);
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        digits.TryWriteBytes(bytes, out _, isUnsigned: true);
        w.Byte(17);
        w.Byte(value < 0 ? (byte)0 : (byte)1);
        w.Bytes(bytes);
    }

    private static void WriteDays(ResponseWriter w, DateTime date)
    {
        var days = (int)(date.Ticks / TimeSpan.TicksPerDay);
        w.Byte((byte)days);
        w.Byte((byte)(days >> 8));
        w.Byte((byte)(days >> 16));
    }

    private static void WriteTime(ResponseWriter w, long ticks, int scale)
    {
        var units = ticks / (long)Power10(7 - scale);
        for (var i = 0; i < TimeLength(scale); i++)
        {
            w.Byte((byte)(units >> (8 * i)));
        }
    }

    private static DateTime ReadDays(PayloadReader r) => new((r.Byte() | (r.Byte() << 8) | (r.Byte() << 16)) * TimeSpan.TicksPerDay);

    private static long ReadTime(PayloadReader r, int length, int scale)
    {
        long units = 0;
        for (var i = 0; i < length; i++)
        {
            units |= (long)r.Byte() << (8 * i);
        }

        return units * (long)Power10(7 - scale);
    }

    private static string ReadDateTime(PayloadReader r)
    {
        var date = Year1900.AddDays(r.Int32());
        return Stored.Instant(date.AddMilliseconds(Math.Round(r.UInt32() * 10 / 3.0, MidpointRounding.AwayFromZero)));
    }

    private static void WriteLong(ResponseWriter w, SqlType type, byte[]? bytes)
    {
        if (type.Length != SqlType.Max)
        {
            w.UInt16(bytes is null ? (ushort)0xFFFF : (ushort)bytes.Length);
            w.Bytes(bytes);
            return;
        }

        if (bytes is null)
        {
            w.Int64(-1);
            return;
        }

        w.Int64(bytes.Length);
        w.Chunks(bytes);
    }

    private static byte[]? ReadLong(PayloadReader r, SqlType type)
    {
        if (type.Length != SqlType.Max)
        {
            var length = r.UInt16();
            return length == 0xFFFF ? null : r.Bytes(length);
        }

        if (r.UInt64() == ulong.MaxValue)
        {
            return null;
        }

        using var all = new MemoryStream();
        for (var chunk = r.Int32(); chunk != 0; chunk = r.Int32())
        {
            all.Write(r.Take(chunk));
        }

        return all.ToArray();
    }

    private static void WriteVariant(ResponseWriter w, object? value)
    {
        switch (value)
        {
            case null:
                w.Int32(0);
                break;
            case long number:
                w.Int32(2 + 4);
                w.Byte(0x38);
                w.Byte(0);
                w.Int32((int)number);
                break;
            default:
                var text = Encoding.Unicode.GetBytes(value.ToString()!);
                w.Int32(2 + 7 + text.Length);
                w.Byte(0xE7);
                w.Byte(7);
                w.Bytes(DefaultCollation);
                w.UInt16(8000);
                w.Bytes(text);
                break;
        }
    }
}
