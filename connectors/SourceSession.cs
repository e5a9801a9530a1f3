using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Kombo.Connectors.Expressions;
using Kombo.Connectors.Http;
using Kombo.Connectors.Mapping;
using Kombo.Connectors.Paging;
using Kombo.Connectors.Reading;
using Kombo.Connectors.Times;
using Kombo.Core.Models;
using Kombo.Core.Runs;
using Microsoft.Extensions.Logging;

namespace Kombo.Connectors;

/// <summary>Reads one source for one run. One stream at a time.</summary>
public sealed class SourceSession : IAsyncDisposable
{
    readonly ConnectorDefinition definition;
    readonly SourceSettings settings;
    readonly TimeProvider clock;
    readonly Settings config;
    readonly SourceClient client;

    /// <exception cref="SourceException">A parameter or credential is missing or has no usable form.</exception>
    public SourceSession(ConnectorDefinition definition, SourceSettings settings, TimeProvider clock, ILogger logger)
    {
        (this.definition, this.clock) = (definition, clock);
        this.settings = settings with { Limits = definition.Limited(settings.Limits) };
        Check();
        config = definition.NewSettings(settings.Parameters, settings.Credentials.Find);
        client = new SourceClient(this.settings, config, clock, logger);
    }

    /// <summary>The streams to read in a sync of that type, those that others refer to first. Streams of which no model is
    /// in scope, and in a delta sync those that can only be read whole at great cost, are not among them.</summary>
    public ImmutableArray<SourceStream> Streams(SyncType type) =>
    [
        .. StreamOrder.Sort(definition)
            .Select(plan => (Plan: plan, Models: InScope(plan)))
            .Where(stream => !stream.Models.IsEmpty && Mode(stream.Models, type) is not null)
            .Select(stream => new SourceStream(
                stream.Plan.Name,
                [.. stream.Models.Select(model => model.Model)],
                Mode(stream.Models, type) ?? ReadMode.Full,
                stream.Models.All(model => model.StablePaging),
                stream.Models.All(model => model.Deletions == Deletions.ByAbsence) ? Deletions.ByAbsence : Deletions.Unknown)
            {
                HasCursor = stream.Plan.Cursor is not null,
            }),
    ];

    /// <summary>Reads a stream page by page; the caller disposes each page. A page is asked for only when the one before
    /// has been taken.</summary>
    /// <exception cref="SourceException">It cannot be read any further.</exception>
    public async IAsyncEnumerable<SourcePage> ReadAsync(
        SourceStream stream, ReadFrom from, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var plan = definition.Streams.First(plan => plan.Name == stream.Name);
        var read = new StreamRead(plan, Setup(plan, stream), from);
        while (!read.IsDone)
            yield return await read.NextAsync(cancellationToken);
    }

    /// <summary>One record of that model can be read by its remote id.</summary>
    public bool CanReadRecord(Model model) => Provided(model)?.Record is not null;

    /// <summary>The model is in scope, and the definition provides it.</summary>
    public bool Provides(Model model) => Provided(model) is not null;

    /// <summary>There are delta syncs: at least one model in scope can be read by change time.</summary>
    public bool SupportsDelta => definition.Models.Any(model => settings.Scope.Includes(model.Model) && model.HasDelta(config));

    /// <summary>A delta sync brings what changed in that model.</summary>
    public bool CanReadChanges(Model model) =>
        SupportsDelta && Streams(SyncType.Delta).Any(stream => stream.Models.Contains(model));

    /// <summary>Reads one record, and what its stream makes of it for other models in scope.</summary>
    /// <param name="model">One that <see cref="CanReadRecord"/> says yes to.</param>
    /// <exception cref="SourceException">It cannot be read.</exception>
    public Task<RecordAnswer> ReadRecordAsync(Model model, string remoteId, CancellationToken cancellationToken)
    {
        var (name, record) = Provided(model) is { Record: { } found } one
            ? (one.Stream, found) : throw new ArgumentException($"no single record of {model.Name} can be read", nameof(model));
        var plan = definition.Streams.First(plan => plan.Name == name);
        var models = InScope(plan).Select(other => other.Model).ToImmutableArray();
        var stream = new SourceStream(name, models, ReadMode.Full, StablePaging: true, Deletions.Unknown);
        return new RecordRead(plan, record, Setup(plan, stream)).ReadAsync(model, remoteId, cancellationToken);
    }

    public ValueTask DisposeAsync()
    {
        client.Dispose();
        return ValueTask.CompletedTask;
    }

    ModelDefinition? Provided(Model model) => settings.Scope.Includes(model)
        ? definition.Models.FirstOrDefault(known => known.Model == model) : null;

    ImmutableArray<ModelDefinition> InScope(StreamPlan plan) =>
        [.. definition.Models.Where(model => model.Stream == plan.Name && settings.Scope.Includes(model.Model))];

    // A stream that feeds a cheap model is read whole, which gives the other models their changes too.
    ReadMode? Mode(ImmutableArray<ModelDefinition> models, SyncType type) =>
        type == SyncType.Full ? ReadMode.Full
        : models.Any(model => model.Cheap) ? ReadMode.Cheap
        : models.Any(model => model.HasDelta(config)) ? ReadMode.Delta
        : null;

    StreamSetup Setup(StreamPlan plan, SourceStream stream)
    {
        var mappings = definition.Mappings.Where(mapping => stream.Models.Contains(mapping.Model)).ToImmutableArray();
        return new StreamSetup
        {
            Client = client,
            Config = config,
            Clock = clock,
            Limits = settings.Limits,
            Mode = stream.ReadMode,
            Mappers = [.. mappings.Select(mapping => new ModelMapper(mapping, settings.Scope, settings.IntegrationId))],
            LookBack = LookBack(plan),
            IsStable = stream.StablePaging,
            Cap = mappings.Min(mapping => mapping.Cap),
        };
    }

    TimeSpan LookBack(StreamPlan plan)
    {
        if (plan.Cursor?.LookBack is not { } template)
            return TimeSpan.Zero;
        var text = template.Text(new EvaluationScope { Config = config, Now = clock.GetUtcNow() });
        return IsoDuration.Parse(text) ?? throw new SourceException(SourceFailure.Configuration,
            $"stream \"{plan.Name}\": lookback_window is no duration such as PT5M");
    }

    void Check()
    {
        var problems = definition.CheckSettings(settings.Parameters, settings.Credentials.Keys);
        if (!problems.IsEmpty)
            throw new SourceException(SourceFailure.Configuration, string.Join("; ", problems.Select(problem => problem.Message)));
    }
}
