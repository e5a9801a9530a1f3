using System.Diagnostics;

namespace Kombo.Operator;

/// <summary>Names of this project's traces.</summary>
static class Telemetry
{
    public const string SourceName = "Kombo.Operator";

    public static readonly ActivitySource Source = new(SourceName);
}
