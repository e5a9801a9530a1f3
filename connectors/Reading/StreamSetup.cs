using System.Collections.Immutable;
using Kombo.Connectors.Expressions;
using Kombo.Connectors.Http;
using Kombo.Connectors.Mapping;

namespace Kombo.Connectors.Reading;

/// <summary>What a session gives to its reads of one stream.</summary>
sealed record StreamSetup
{
    public required SourceClient Client { get; init; }
    public required ValueMap Config { get; init; }
    public required TimeProvider Clock { get; init; }
    public required SourceLimits Limits { get; init; }
    public required ReadMode Mode { get; init; }
    public required ImmutableArray<ModelMapper> Mappers { get; init; }
    public required TimeSpan LookBack { get; init; }

    /// <summary>Nothing is passed over when the list changes while it is read.</summary>
    public required bool IsStable { get; init; }

    /// <summary>Most records that the source ever lists; null where it lists all.</summary>
    public int? Cap { get; init; }
}
