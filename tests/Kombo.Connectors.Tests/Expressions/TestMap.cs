using System.Collections.Immutable;
using Kombo.Connectors.Expressions;

namespace Kombo.Connectors.Tests.Expressions;

/// <summary>Names and values that a test makes up.</summary>
sealed class TestMap(params (string Name, Value Value)[] values) : ValueMap
{
    public override Value Find(string name) => Array.Find(values, pair => pair.Name == name).Value;
}

static class TestParameters
{
    public static ImmutableDictionary<string, string> Of(params (string Name, string Value)[] values) =>
        values.ToImmutableDictionary(pair => pair.Name, pair => pair.Value);
}
