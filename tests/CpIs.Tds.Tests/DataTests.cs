using System.Data;
using Dapper;
using Microsoft.Data.SqlClient;
using Shouldly;

namespace CpIs.Tds.Tests;

public sealed class DataTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task Values_of_every_type_come_back_as_they_went()
    {
        await using var db = await fixture.NewDatabaseAsync();
        await db.ExecuteAsync(
            """
            CREATE TABLE t (a BIGINT, b INT, c SMALLINT, d TINYINT, e BIT, f NVARCHAR(20), g NVARCHAR(MAX), h VARCHAR(20), i VARBINARY(20), j VARBINARY(MAX),
                k DATE, l DATETIME2(3), m DATETIME2(7), n DATETIMEOFFSET(7), o UNIQUEIDENTIFIER, p DECIMAL(28, 6), q FLOAT, r DATETIME, s DATETIME2(0))
            """);
        var guid = Guid.NewGuid();
        var time = new DateTime(2026, 3, 29, 0, 59, 59).AddTicks(9_999_999);
        var offset = new DateTimeOffset(2026, 10, 25, 1, 30, 0, TimeSpan.FromHours(1)).AddTicks(7);
        var large = new string('é', 100_000);
        var bytes = Enumerable.Range(0, 70_000).Select(x => (byte)x).ToArray();
        await using (var insert = new SqlCommand("INSERT INTO t VALUES (@a, @b, @c, @d, @e, @f, @g, @h, @i, @j, @k, @l, @m, @n, @o, @p, @q, @r, @s)", db))
        {
            insert.Parameters.AddRange((SqlParameter[])
            [
                new("a", long.MinValue), new("b", int.MaxValue), new("c", short.MinValue), new("d", (byte)255), new("e", true), new("f", "😀 ž "), new("g", large), new("h", SqlDbType.VarChar) { Value = "café" },
                new("i", new byte[] { 1, 0, 255 }), new("j", bytes), new("k", SqlDbType.Date) { Value = new DateTime(1, 1, 1) }, new("l", SqlDbType.DateTime2) { Value = time },
                new("m", SqlDbType.DateTime2) { Value = time }, new("n", offset), new("o", guid), new("p", -1234567890123456.123457m), new("q", 0.1), new("r", new DateTime(2026, 1, 1, 12, 0, 0, 5)),
                new("s", SqlDbType.DateTime2) { Value = time },
            ]);
            (await insert.ExecuteNonQueryAsync()).ShouldBe(1);
        }

        await using var select = new SqlCommand("SELECT * FROM t", db);
        await using var row = await select.ExecuteReaderAsync();
        (await row.ReadAsync()).ShouldBeTrue();
        row.GetInt64(0).ShouldBe(long.MinValue);
        row.GetInt32(1).ShouldBe(int.MaxValue);
        row.GetInt16(2).ShouldBe(short.MinValue);
        row.GetByte(3).ShouldBe((byte)255);
        row.GetBoolean(4).ShouldBeTrue();
        row.GetString(5).ShouldBe("😀 ž ");
        row.GetString(6).ShouldBe(large);
        row.GetString(7).ShouldBe("café");
        row.GetFieldValue<byte[]>(8).ShouldBe([1, 0, 255]);
        row.GetFieldValue<byte[]>(9).ShouldBe(bytes);
        row.GetDateTime(10).ShouldBe(new DateTime(1, 1, 1));
        row.GetDateTime(11).ShouldBe(new DateTime(2026, 3, 29, 1, 0, 0));
        row.GetDateTime(12).ShouldBe(time);
        row.GetDateTimeOffset(13).ShouldBe(offset);
        row.GetDateTimeOffset(13).Offset.ShouldBe(TimeSpan.FromHours(1));
        row.GetGuid(14).ShouldBe(guid);
        row.GetDecimal(15).ShouldBe(-1234567890123456.123457m);
        row.GetDouble(16).ShouldBe(0.1);
        row.GetDateTime(17).ShouldBe(new DateTime(2026, 1, 1, 12, 0, 0, 7));
        row.GetDateTime(18).ShouldBe(new DateTime(2026, 3, 29, 1, 0, 0));
    }

    [Fact]
    public async Task Nulls_come_back_as_nulls()
    {
        await using var db = await fixture.NewDatabaseAsync();
        await db.ExecuteAsync("CREATE TABLE t (a BIGINT, e BIT, f NVARCHAR(20), g NVARCHAR(MAX), j VARBINARY(MAX), k DATE, l DATETIME2(3), o UNIQUEIDENTIFIER, p DECIMAL(9, 2), q FLOAT)");
        await db.ExecuteAsync("INSERT INTO t (a) VALUES (NULL)");
        await using var select = new SqlCommand("SELECT * FROM t", db);
        await using var row = await select.ExecuteReaderAsync();
        (await row.ReadAsync()).ShouldBeTrue();
        Enumerable.Range(0, row.FieldCount).ShouldAllBe(i => row.IsDBNull(i));
    }

    [Theory]
    [InlineData("SELECT COUNT(*) FROM t", typeof(int))]
    [InlineData("SELECT COUNT_BIG(*) FROM t", typeof(long))]
    [InlineData("SELECT MAX(n) FROM t", typeof(short))]
    [InlineData("SELECT SUM(n) FROM t", typeof(int))]
    [InlineData("SELECT COALESCE(MAX(big), 0) + 1 FROM t", typeof(long))]
    [InlineData("SELECT CASE WHEN 1 = 0 THEN n ELSE 1 END FROM t", typeof(int))]
    [InlineData("SELECT CAST(CASE WHEN name = N'' THEN 1 ELSE 0 END AS BIT) FROM t", typeof(bool))]
    [InlineData("SELECT ISNULL(name, N'x') FROM t", typeof(string))]
    [InlineData("SELECT 1.50", typeof(decimal))]
    [InlineData("SELECT 1e0", typeof(double))]
    [InlineData("SELECT SYSUTCDATETIME()", typeof(DateTime))]
    [InlineData("SELECT SCOPE_IDENTITY()", typeof(decimal))]
    [InlineData("SELECT ROW_NUMBER() OVER (ORDER BY n) FROM t", typeof(long))]
    [InlineData("SELECT n FROM t UNION ALL SELECT big FROM t", typeof(long))]
    [InlineData("SELECT born FROM (SELECT MAX(born) AS born FROM t) AS x", typeof(DateTime))]
    public async Task Expressions_have_the_types_of_the_real_server(string sql, Type type)
    {
        await using var db = await fixture.NewDatabaseAsync();
        await db.ExecuteAsync("CREATE TABLE t (n SMALLINT, big BIGINT, name NVARCHAR(20), born DATE); INSERT INTO t VALUES (1, 2, N'a', '2020-02-29')");
        await using var select = new SqlCommand(sql, db);
        await using var row = await select.ExecuteReaderAsync();
        row.GetFieldType(0).ShouldBe(type);
        (await row.ReadAsync()).ShouldBeTrue();
    }

    [Theory]
    [InlineData("N'abc' = N'ABC  '", true)]
    [InlineData("N'abc' = N'äbc'", false)]
    [InlineData("N'abc' = N'ABC' COLLATE Latin1_General_100_BIN2", false)]
    [InlineData("N'abc' = N'abc ' COLLATE Latin1_General_100_BIN2", true)]
    [InlineData("N'abc' = N'äBC' COLLATE Latin1_General_100_CI_AI", true)]
    [InlineData("N'abc' = N'ABC' COLLATE Latin1_General_100_CS_AS", false)]
    [InlineData("N'😀' = N'😁'", true)]
    [InlineData("N'😀' = N'😁' COLLATE Latin1_General_100_CI_AS", false)]
    [InlineData("N'B' < N'a' COLLATE Latin1_General_100_BIN2", true)]
    [InlineData("N'B' < N'a'", false)]
    [InlineData("'ž' = '?'", false)]
    [InlineData("'Δ' = '?'", true)]
    [InlineData("LEN(N'a  ') = 1 AND DATALENGTH(N'a  ') = 6 AND LEN(N'😀') = 2", true)]
    [InlineData("N'100%' LIKE N'1__[%]' AND N'x' NOT LIKE N'[^x]'", true)]
    [InlineData("7 / 2 = 3 AND -7 / 2 = -3 AND 7 % 4 = 3", true)]
    [InlineData("NULL = NULL", false)]
    [InlineData("CAST('2026-03-29T00:59:59.9996' AS DATETIME2(3)) = '2026-03-29T01:00:00'", true)]
    [InlineData("DATEDIFF(HOUR, '2026-01-01T00:59:59', '2026-01-01T01:00:00') = 1", true)]
    [InlineData("ISNULL(CAST(NULL AS NVARCHAR(2)), N'abc') = N'ab'", true)]
    [InlineData("CAST('2026-03-29T02:30' AS DATETIME2) AT TIME ZONE 'GMT Standard Time' = '2026-03-29T01:30:00Z'", true)]
    public async Task Comparisons_are_those_of_the_real_server(string condition, bool holds)
    {
        await using var db = await fixture.OpenAsync("master");
        (await db.ExecuteScalarAsync<int>($"SELECT CASE WHEN {condition} THEN 1 ELSE 0 END")).ShouldBe(holds ? 1 : 0);
    }

    [Fact]
    public async Task Order_follows_the_columns_collation()
    {
        await using var db = await fixture.NewDatabaseAsync("Latin1_General_100_CI_AS");
        await db.ExecuteAsync("CREATE TABLE t (a NVARCHAR(9) NULL, b NVARCHAR(9) COLLATE Latin1_General_100_BIN2 NULL); INSERT INTO t VALUES (N'b', N'b'), (N'A', N'A'), (N'a', N'a'), (N'B', N'B'), (NULL, NULL)");
        (await db.QueryAsync<string?>("SELECT DISTINCT a FROM t ORDER BY a")).Select(x => x?.ToUpperInvariant()).ShouldBe([null, "A", "B"]);
        (await db.QueryAsync<string?>("SELECT b FROM t ORDER BY b")).ShouldBe([null, "A", "B", "a", "b"]);
        await db.ExecuteAsync("SELECT 1 FROM t WHERE a = b").ShouldFailAsync(468);
    }

    [Theory]
    [InlineData("SELECT * FROM nowhere", 208)]
    [InlineData("SELECT nothing FROM t", 207)]
    [InlineData("SELECT x.id FROM t", 4104)]
    [InlineData("SELECT id FROM t WHERE id = 1 LIMIT 1", 102)]
    [InlineData("SELECT id = 1 AND 1 = 1 FROM t", 102)]
    [InlineData("SELECT id FROM t WHERE (id, name) IN (SELECT id, name FROM t)", 102)]
    [InlineData("SELECT name, id FROM t GROUP BY name", 8120)]
    [InlineData("SELECT name AS n FROM t WHERE n = N'a'", 207)]
    [InlineData("SELECT * FROM (SELECT id FROM t ORDER BY id) AS x", 1033)]
    [InlineData("SELECT * FROM (SELECT COUNT(*) FROM t) AS x", 8155)]
    [InlineData("SELECT @missing", 137)]
    [InlineData("SELECT (SELECT id FROM t)", 512)]
    [InlineData("INSERT INTO t (id, name, code) VALUES (1, N'one', N'z')", 2627)]
    [InlineData("INSERT INTO t (id, name, code) VALUES (9, N'x', N'c')", 2601)]
    [InlineData("INSERT INTO t (id, name) VALUES (9, N'x')", 2601)]
    [InlineData("INSERT INTO t (id) VALUES (9)", 515)]
    [InlineData("UPDATE t SET name = NULL", 515)]
    [InlineData("INSERT INTO t (id, name) VALUES (9, N'12345678901')", 2628)]
    [InlineData("UPDATE t SET name = REPLICATE(N'x', 11)", 2628)]
    [InlineData("INSERT INTO t (id, name, code) VALUES (9, N'no', N'd')", 547)]
    [InlineData("INSERT INTO child (id, t_id) VALUES (2, 77)", 547)]
    [InlineData("DELETE FROM t WHERE id = 1", 547)]
    [InlineData("SELECT 1 / 0", 8134)]
    [InlineData("SELECT CAST(N'x' AS INT)", 245)]
    [InlineData("SELECT id FROM t WHERE born = '2026-02-30'", 241)]
    [InlineData("SELECT CAST(300 AS TINYINT)", 8115)]
    [InlineData("INSERT INTO t (id, name, code, born) VALUES (9, N'x', N'e', 5)", 206)]
    [InlineData("SELECT MAX(flag) FROM t", 8117)]
    [InlineData("CREATE TABLE t (id INT)", 2714)]
    [InlineData("CREATE TABLE x.t (id INT)", 2760)]
    [InlineData("DROP TABLE t", 3726)]
    [InlineData("DROP TABLE nowhere", 3701)]
    [InlineData("EXEC nowhere", 2812)]
    [InlineData("THROW 51000, N'own', 1", 51000)]
    [InlineData("RAISERROR(N'own', 16, 1)", 50000)]
    [InlineData("COMMIT", 3902)]
    [InlineData("MERGE t USING child ON t.id = child.id WHEN MATCHED THEN DELETE;", 50000)]
    [InlineData("ALTER TABLE t ADD more INT; UPDATE t SET more = 1", 207)]
    public async Task Errors_have_the_numbers_of_the_real_server(string sql, int number)
    {
        await using var db = await fixture.NewDatabaseAsync();
        await db.ExecuteAsync(
            """
            CREATE TABLE t (id INT NOT NULL PRIMARY KEY, name NVARCHAR(10) NOT NULL, code NVARCHAR(5), flag BIT, born DATE, CONSTRAINT ck CHECK (name <> N'no'));
            CREATE UNIQUE INDEX ux ON t (code);
            CREATE TABLE child (id INT NOT NULL PRIMARY KEY, t_id INT NOT NULL REFERENCES t (id));
            INSERT INTO t (id, name, code) VALUES (1, N'one', N'C'), (2, N'two', NULL);
            INSERT INTO child VALUES (1, 1)
            """);
        await db.ExecuteAsync(sql).ShouldFailAsync(number);
        (await db.ExecuteScalarAsync<int>("SELECT COUNT(*) FROM t")).ShouldBe(2);
    }

    [Fact]
    public async Task Twenty_thousand_rows_go_in_by_bulk_copy()
    {
        await using var db = await fixture.NewDatabaseAsync();
        await db.ExecuteAsync("CREATE SCHEMA s");
        await db.ExecuteAsync("CREATE TABLE s.t (id BIGINT IDENTITY NOT NULL PRIMARY KEY, n INT NOT NULL, name NVARCHAR(30) NULL, big NVARCHAR(MAX) NULL, born DATE NULL, at DATETIME2(3) NULL, flag BIT NOT NULL, bin VARBINARY(MAX) NULL, amount DECIMAL(9, 2) NULL)");
        using var table = new DataTable();
        table.Columns.Add("n", typeof(int));
        table.Columns.Add("name", typeof(string));
        table.Columns.Add("big", typeof(string));
        table.Columns.Add("born", typeof(DateTime));
        table.Columns.Add("at", typeof(DateTime));
        table.Columns.Add("flag", typeof(bool));
        table.Columns.Add("bin", typeof(byte[]));
        table.Columns.Add("amount", typeof(decimal));
        for (var i = 0; i < 20_000; i++)
        {
            table.Rows.Add(i, i % 3 == 0 ? null : $"name {i} 😀", $"big {i}", new DateTime(2000, 1, 1).AddDays(i % 9000), new DateTime(2026, 1, 1).AddMilliseconds(i), i % 2 == 0, new byte[] { (byte)i }, i / 100m);
        }

        await using (var transaction = (SqlTransaction)await db.BeginTransactionAsync())
        {
            using var copy = new SqlBulkCopy(db, SqlBulkCopyOptions.CheckConstraints | SqlBulkCopyOptions.KeepNulls, transaction) { DestinationTableName = "s.t", EnableStreaming = true };
            foreach (DataColumn column in table.Columns)
            {
                copy.ColumnMappings.Add(column.ColumnName, column.ColumnName);
            }

            await copy.WriteToServerAsync(table);
            await transaction.CommitAsync();
        }

        var sums = await db.QuerySingleAsync<(int Rows, long Sum, int Names, decimal Amount)>("SELECT COUNT(*), SUM(CAST(n AS BIGINT)), COUNT(name), SUM(amount) FROM s.t");
        sums.ShouldBe((20_000, 199_990_000L, 13_333, 1_999_900m));
        (await db.QuerySingleAsync<DateTime>("SELECT at FROM s.t WHERE n = 12345")).ShouldBe(new DateTime(2026, 1, 1).AddMilliseconds(12345));

        // One row that does not fit: none of them goes in.
        table.Rows.Add(1, new string('x', 31), null, null, null, true, null, null);
        using var whole = new SqlBulkCopy(db) { DestinationTableName = "s.t" };
        whole.ColumnMappings.Add("n", "n");
        whole.ColumnMappings.Add("name", "name");
        whole.ColumnMappings.Add("flag", "flag");
        await Should.ThrowAsync<Exception>(whole.WriteToServerAsync(table));
        (await db.ExecuteScalarAsync<int>("SELECT COUNT(*) FROM s.t")).ShouldBe(20_000);
    }

    [Fact]
    public async Task Changes_return_what_they_changed()
    {
        await using var db = await fixture.NewDatabaseAsync();
        await db.ExecuteAsync("CREATE TABLE q (id INT IDENTITY NOT NULL PRIMARY KEY, state NVARCHAR(9) NOT NULL DEFAULT N'new', n INT NOT NULL)");
        (await db.QueryAsync<(int, string)>("INSERT INTO q (n) OUTPUT inserted.id, inserted.state VALUES (5), (6), (7)")).ShouldBe([(1, "new"), (2, "new"), (3, "new")]);
        (await db.QueryAsync<(int, string, string)>("UPDATE q SET state = N'taken' OUTPUT inserted.id, deleted.state, inserted.state FROM q WITH (ROWLOCK, UPDLOCK, READPAST) WHERE id = (SELECT MIN(id) FROM q WHERE state = N'new')"))
            .ShouldBe([(1, "new", "taken")]);
        (await db.QueryAsync<int>("WITH next AS (SELECT TOP (1) * FROM q WITH (ROWLOCK, UPDLOCK, READPAST) WHERE state = N'new' ORDER BY id DESC) UPDATE next SET state = N'taken' OUTPUT inserted.id")).ShouldBe([3]);
        (await db.QueryAsync<int>("DELETE TOP (1) FROM q OUTPUT deleted.n WHERE state = N'new'")).ShouldBe([6]);
        (await db.ExecuteAsync("UPDATE q SET n += 1")).ShouldBe(2);
        (await db.ExecuteScalarAsync<int>("DECLARE @done TABLE (id INT); DELETE FROM q OUTPUT deleted.id INTO @done; SELECT COUNT(*) FROM @done")).ShouldBe(2);
    }

    [Fact]
    public async Task Queries_of_many_forms_run()
    {
        await using var db = await fixture.NewDatabaseAsync();
        await db.ExecuteAsync("CREATE TABLE p (id INT NOT NULL PRIMARY KEY, name NVARCHAR(20) NOT NULL); CREATE TABLE c (id INT NOT NULL PRIMARY KEY, p_id INT NOT NULL, at DATE NOT NULL)");
        await db.ExecuteAsync("INSERT INTO p VALUES (1, N'a'), (2, N'b'), (3, N'c'); INSERT INTO c VALUES (1, 1, '2026-01-01'), (2, 1, '2026-02-01'), (3, 2, '2026-03-01')");
        (await db.QueryAsync<(string, DateTime?)>("SELECT p.name, x.at FROM p OUTER APPLY (SELECT TOP (1) c.at FROM c WHERE c.p_id = p.id ORDER BY c.at DESC) AS x ORDER BY p.id"))
            .ShouldBe([("a", new DateTime(2026, 2, 1)), ("b", new DateTime(2026, 3, 1)), ("c", null)]);
        (await db.QueryAsync<int>("SELECT p.id FROM p CROSS APPLY (SELECT c.id FROM c WHERE c.p_id = p.id) AS x ORDER BY x.id DESC")).ShouldBe([2, 1, 1]);
        (await db.QueryAsync<int>("WITH n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT i FROM n ORDER BY i OFFSET 1 ROWS FETCH NEXT 2 ROWS ONLY")).ShouldBe([2, 3]);
        (await db.QueryAsync<string>("SELECT name FROM p WHERE id IN @ids AND NOT EXISTS (SELECT 1 FROM c WHERE c.p_id = p.id)", new { ids = new[] { 1, 3 } })).ShouldBe(["c"]);
        (await db.QueryAsync<(int, int)>("SELECT x.p_id, x.id FROM (SELECT p_id, id, ROW_NUMBER() OVER (PARTITION BY p_id ORDER BY at DESC) AS r FROM c) AS x WHERE x.r = 1 ORDER BY x.p_id")).ShouldBe([(1, 2), (2, 3)]);
        (await db.QueryAsync<string>("SELECT STRING_AGG(name, N',') WITHIN GROUP (ORDER BY name DESC) FROM p")).ShouldBe(["c,b,a"]);
        await db.ExecuteAsync("CREATE TABLE #ids (id INT NOT NULL PRIMARY KEY); INSERT INTO #ids SELECT id FROM p WHERE id > 1");
        (await db.QueryAsync<string>("SELECT p.name FROM p JOIN #ids AS i ON i.id = p.id ORDER BY 1")).ShouldBe(["b", "c"]);
    }
}
