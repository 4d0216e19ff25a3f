using CpIs.Batch.Commands;
using CpIs.Batch.Configuration;
using CpIs.Batch.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Data.SqlClient;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Quartz;

namespace CpIs.Batch.Schedule;

/// <summary>The host that the scheduler lives in: Quartz, the health endpoint if one is wanted, and nothing else.</summary>
internal static class SchedulerHost
{
    /// <summary>Every job of a council is in its execution group, of which one at a time runs, wherever that is.</summary>
    public const string CouncilGroup = "council:";

    public static IHost Create(CommandContext context, Plan plan)
    {
        if (context.Settings.Schedule.Health.Port is not { } port)
        {
            var plain = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = AppContext.BaseDirectory });
            AddScheduler(plain, context, plan);
            return plain.Build();
        }

        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        AddScheduler(builder, context, plan);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(context.Settings.Schedule.Health.Address, port));
        builder.Services.AddRoutingCore();
        HealthEndpoint.Add(builder.Services, context, plan);
        var app = builder.Build();
        HealthEndpoint.Map(app);
        return app;
    }

    private static void AddScheduler(IHostApplicationBuilder builder, CommandContext context, Plan plan)
    {
        var schedule = context.Settings.Schedule;
        var services = builder.Services;
        AddLogging(builder.Logging, context);
        services.AddSingleton<IHostLifetime, NoLifetime>();
        services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(schedule.StopSeconds + 10));
        services.AddSingleton(context);
        services.AddSingleton(plan);
        services.AddSingleton(new ScheduledRun(
            context.Logs,
            context.Environment.MachineClock,
            new JobProcess(context.Environment.MachineClock, TimeSpan.FromSeconds(schedule.StopSeconds)),
            new TelemetryVariables(context.Environment, context.Settings),
            context.Environment.WorkingFolder));
        services.AddTransient<CommandJob>();
        services.AddQuartz(quartz =>
        {
            quartz.ConfigureScheduler(o =>
            {
                o.InstanceName = schedule.Store.InstanceName;
                if (schedule.Store.InstanceId is { } id)
                {
                    o.InstanceId = id;
                }

                o.ShutdownJobInterruption = ShutdownJobInterruption.Always;
            });
            quartz.UseTimeProvider(context.Environment.MachineClock);
            quartz.UseDefaultThreadPool(schedule.MaxConcurrent);
            quartz.UseExecutionLimits(limits => limits.ForGroupsWithPrefix(CouncilGroup, 1, ExecutionLimitScope.Cluster));
            UseStore(quartz, schedule.Store, context.Data);
        });
        services.AddHostedService<Registrar>();
        services.AddQuartzHostedService(o => o.WaitForJobsToComplete = true);
    }

    /// <summary>What the libraries say goes where the engine's own lines go; their small talk only in detail.</summary>
    private static void AddLogging(ILoggingBuilder logging, CommandContext context)
    {
        var detail = context.Settings.Logging.Level == LogDetail.Debug ? LogLevel.Information : LogLevel.Warning;
        logging.ClearProviders()
            .AddProvider(new Forwarding(context.Logs))
            .AddFilter("Quartz", detail)
            .AddFilter("Microsoft", detail)

            // What it says at a failed start is told by the command.
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical)

            // Its findings are the endpoint's answer.
            .AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
    }

    private static void UseStore(IQuartzBuilder quartz, ScheduleStoreSettings settings, DataFolder data)
    {
        if (settings.Kind == ScheduleStoreKind.Memory)
        {
            quartz.UseInMemoryStore(o => o.MisfireThreshold = TimeSpan.FromMinutes(1));
            return;
        }

        quartz.UsePersistentStore(store =>
        {
            // Quartz makes its own tables; it never changes or drops any.
            store.ProvisionSchema();
            store.UseSystemTextJsonSerializer();
            store.ConfigureStore(o =>
            {
                o.StoreJobDataAsStrings = true;
                o.RecoverFiringsCancelledByShutdown = true;

                // Without it two nodes could each take a job of one council in the same moment.
                o.AcquireTriggersWithinLock = true;
            });
            switch (settings.Kind)
            {
                case ScheduleStoreKind.SqlServer:
                    store.UseSqlServer(SqlClientFactory.Instance, settings.ConnectionString!.Value);
                    break;
                case ScheduleStoreKind.PostgreSql:
                    store.UsePostgres(NpgsqlFactory.Instance, settings.ConnectionString!.Value);
                    break;
                default:
                    store.UseSqlite(
                        SqliteFactory.Instance,
                        settings.ConnectionString?.Value ?? new SqliteConnectionStringBuilder { DataSource = data.Resolve("schedule.db") }.ToString());
                    break;
            }

            if (settings.IsClustered)
            {
                store.UseClustering(cluster =>
                {
                    cluster.CheckinInterval = TimeSpan.FromSeconds(settings.CheckinSeconds);
                    cluster.CheckinMisfireThreshold = TimeSpan.FromSeconds(2 * settings.CheckinSeconds);
                });
            }
        });
    }

    private sealed class Forwarding(ILoggerFactory logs) : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) => logs.CreateLogger(categoryName);

        public void Dispose()
        {
            // The loggers are the command's.
        }
    }

    /// <summary>Signals are the program's own affair; the host listens to none.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
