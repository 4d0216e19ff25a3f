using System.Diagnostics;
using Microsoft.Data.SqlClient;
using Shouldly;

namespace CpIs.Tds.Tests;

/// <summary>A server for all tests of a class.</summary>
public sealed class ServerFixture : IAsyncLifetime
{
    public TdsServer Server { get; private set; } = null!;

    public async Task InitializeAsync() => Server = await TdsServer.StartAsync();

    public async Task DisposeAsync() => await Server.DisposeAsync();

    /// <summary>An empty database of its own, and an open connection to it.</summary>
    public async Task<SqlConnection> NewDatabaseAsync(string? collation = null, string more = "")
    {
        var name = "t" + Guid.NewGuid().ToString("N")[..8];
        await using (var master = new SqlConnection(Server.ConnectionString))
        {
            await master.OpenAsync();
            await using var create = new SqlCommand($"CREATE DATABASE {name}" + (collation is null ? "" : $" COLLATE {collation}"), master);
            await create.ExecuteNonQueryAsync();
        }

        return await OpenAsync(name, more);
    }

    /// <summary>Goes on as soon as a session waits for another.</summary>
    public async Task SomeoneWaitsAsync()
    {
        var began = Stopwatch.GetTimestamp();
        while (Server.WaitingSessions == 0)
        {
            Stopwatch.GetElapsedTime(began).ShouldBeLessThan(TimeSpan.FromSeconds(20), "Nobody waits.");
            await Task.Delay(5);
        }
    }

    public async Task<SqlConnection> OpenAsync(string database, string more = "")
    {
        var connection = new SqlConnection(Server.ConnectionStringTo(database) + ";" + more);
        await connection.OpenAsync();
        return connection;
    }
}

internal static class Errors
{
    /// <summary>The error that the work must end in.</summary>
    public static async Task<SqlException> ShouldFailAsync(this Task work, int number)
    {
        var error = await Should.ThrowAsync<SqlException>(work);
        error.Number.ShouldBe(number, error.Message);
        return error;
    }
}
