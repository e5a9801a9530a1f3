using System.Collections.Immutable;
using System.Globalization;
using Kombo.Core.Planning;

namespace Kombo.Core.Scheduling;

/// <summary>Collects what only an edit can mend.</summary>
/// <param name="subject">In front of each field, e.g. the object; may be empty.</param>
sealed class ProblemList(string reason, string subject)
{
    readonly List<Problem> problems = [];

    public bool IsEmpty => problems is [];

    public void Add(string field, string message) =>
        problems.Add(new Problem(reason, $"{subject}{field}: {message}", NeedsEdit: true));

    public void Duration(string field, string? text, DurationBounds bounds)
    {
        if (Durations.Check(text, bounds) is { } wrong)
            Add(field, wrong);
    }

    public void Range(string field, int? value, int least, int most)
    {
        if (value < least || value > most)
            Add(field, string.Create(
                CultureInfo.InvariantCulture, $"{value} is out of range: it is from {least} to {most}"));
    }

    public void OneOf(string field, string? text, params string[] allowed)
    {
        if (text is not null && !allowed.Contains(text, StringComparer.Ordinal))
            Add(field, $"\"{text}\" is unknown: write {string.Join(" or ", allowed)}");
    }

    public ImmutableArray<Problem> ToImmutable() => [.. problems];
}
