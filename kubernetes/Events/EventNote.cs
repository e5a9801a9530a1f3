namespace Kombo.Kubernetes.Events;

public enum EventType
{
    Normal,
    Warning,
}

/// <summary>Something worth telling about an object.</summary>
/// <param name="Reason">Why, as one CamelCase word of the published list.</param>
/// <param name="Action">What was done or tried, as one CamelCase word.</param>
/// <param name="Note">For people; cut at 1 KiB. No secrets.</param>
public sealed record EventNote(EventType Type, string Reason, string Action, string Note);

/// <summary>Who writes events.</summary>
/// <param name="Controller">Such as <c>kombo.dev/operator</c>.</param>
/// <param name="Instance">The pod's or the process' name.</param>
public sealed record EventSource(string Controller, string Instance);
