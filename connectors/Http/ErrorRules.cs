using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Kombo.Connectors.Expressions;

namespace Kombo.Connectors.Http;

enum ErrorAction
{
    Success,
    Fail,
    Retry,

    /// <summary>The page counts as empty and the stream as incomplete.</summary>
    Ignore,
    RateLimited,
}

/// <summary>What a definition says of certain answers. It applies if any of its three conditions holds.</summary>
/// <param name="Message">A constant text for people; null for a general one.</param>
/// <param name="IsConfiguration">Airbyte's <c>config_error</c>: trying again does not help.</param>
sealed record ErrorRule(
    ErrorAction Action, ImmutableArray<int> Codes, Template? Predicate, string? Contains, string? Message, bool IsConfiguration)
{
    public ImmutableArray<WaitRule> Waits { get; init; } = [];

    public bool NeedsBody => Predicate is not null || Contains is not null;
}

/// <summary>How long to wait before an answer is asked for again.</summary>
abstract record WaitRule
{
    /// <summary>A header holds seconds to wait.</summary>
    public sealed record SecondsIn(string Header, Regex? Pattern) : WaitRule;

    /// <summary>A header holds the time to wait for, in epoch seconds.</summary>
    public sealed record UntilIn(string Header, Regex? Pattern, TimeSpan Least) : WaitRule;

    public sealed record Constant(TimeSpan Delay) : WaitRule;

    /// <summary>Factor × 2^attempt seconds.</summary>
    public sealed record Exponential(double Factor) : WaitRule;
}

/// <summary>An error handler: its rules in order, and what holds where none applies.</summary>
/// <param name="Retries">Null: the session's limit.</param>
sealed record ErrorRules(ImmutableArray<ErrorRule> Rules, ImmutableArray<WaitRule> Waits, int? Retries)
{
    public static ErrorRules None { get; } = new([], [], null);

    public bool NeedBody => Rules.Any(rule => rule.NeedsBody);
}
