using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using Kombo.Connectors.Expressions;
using Kombo.Connectors.Http;

namespace Kombo.Connectors.Manifest;

/// <summary>Reads error handlers; a composite one is its handlers' rules in order.</summary>
static class ErrorHandlerReader
{
    public static ErrorRules Read(Component handler)
    {
        var type = handler.Type("DefaultErrorHandler");
        var read = type switch
        {
            "DefaultErrorHandler" => Default(handler),
            "CompositeErrorHandler" => Composite(handler),
            _ => ErrorRules.None,
        };
        if (type is not ("DefaultErrorHandler" or "CompositeErrorHandler"))
            handler.RefuseType(type, "an error handler", "DefaultErrorHandler", "CompositeErrorHandler");
        else
            handler.Close();
        return read;
    }

    static ErrorRules Composite(Component composite)
    {
        var all = composite.Components("error_handlers").Select(Read).ToArray();
        if (all.Length == 0)
            composite.Refuse(composite.Node, "error_handlers is missing");
        return new ErrorRules(
            [.. all.SelectMany(rules => rules.Rules)], [.. all.SelectMany(rules => rules.Waits)], all.Max(rules => rules.Retries));
    }

    static ErrorRules Default(Component handler)
    {
        var waits = handler.Components("backoff_strategies").Select(Wait).OfType<WaitRule>().ToImmutableArray();
        return new ErrorRules(
            [.. handler.Components("response_filters").Select(filter => Rule(filter) with { Waits = waits })],
            waits,
            handler.Number("max_retries"));
    }

    static ErrorRule Rule(Component filter)
    {
        if (filter.Type("HttpResponseFilter") is { } type and not "HttpResponseFilter")
            filter.RefuseType(type, "a response filter", "HttpResponseFilter");
        var failure = filter.OneOf("failure_type", "system_error", "config_error", "transient_error");
        var message = filter.Template("error_message", Roots.None);
        if (message is { IsConstant: false })
            filter.Refuse(filter.Node, "error_message must hold no expressions: what a source answers is not shown");
        var rule = new ErrorRule(
            Action(filter.OneOf("action", "SUCCESS", "FAIL", "RETRY", "IGNORE", "RATE_LIMITED"), failure),
            [.. filter.List("http_codes").Select(node => Code(filter, node))],
            filter.Condition("predicate", Roots.Config | Roots.Response | Roots.Headers),
            filter.Text("error_message_contains"),
            message?.Text(default),
            failure == "config_error");
        if (rule is { Codes: [], Predicate: null, Contains: null })
            filter.Refuse(filter.Node, "a response filter needs http_codes, predicate or error_message_contains");
        filter.Close();
        return rule;
    }

    static ErrorAction Action(string? action, string? failure) => action switch
    {
        "SUCCESS" => ErrorAction.Success,
        "RETRY" => ErrorAction.Retry,
        "IGNORE" => ErrorAction.Ignore,
        "RATE_LIMITED" => ErrorAction.RateLimited,
        null when failure == "transient_error" => ErrorAction.Retry,
        _ => ErrorAction.Fail,
    };

    static int Code(Component filter, YamlNode node)
    {
        if (node is YamlText { Value: var text }
            && int.TryParse(text, CultureInfo.InvariantCulture, out var code) && code is >= 100 and <= 599)
            return code;
        filter.Refuse(node, "an HTTP status from 100 to 599 is expected here");
        return 0;
    }

    static WaitRule? Wait(Component strategy)
    {
        WaitRule? read;
        switch (strategy.Type(null))
        {
            case "WaitTimeFromHeader":
                read = new WaitRule.SecondsIn(strategy.RequiredText("header"), Pattern(strategy));
                strategy.Number("max_waiting_time_in_seconds"); // a wait has its own limit here
                break;
            case "WaitUntilTimeFromHeader":
                read = new WaitRule.UntilIn(
                    strategy.RequiredText("header"), Pattern(strategy), TimeSpan.FromSeconds(strategy.Number("min_wait") ?? 0));
                break;
            case "ConstantBackoffStrategy":
                read = new WaitRule.Constant(TimeSpan.FromSeconds(strategy.Number("backoff_time_in_seconds") ?? 0));
                break;
            case "ExponentialBackoffStrategy":
                read = new WaitRule.Exponential(strategy.Number("factor") ?? 5);
                break;
            case var type:
                strategy.RefuseType(
                    type, "a backoff strategy",
                    "WaitTimeFromHeader", "WaitUntilTimeFromHeader", "ConstantBackoffStrategy", "ExponentialBackoffStrategy");
                return null;
        }

        strategy.Close();
        return read;
    }

    static Regex? Pattern(Component strategy)
    {
        if (strategy.Text("regex") is not { } pattern)
            return null;
        try
        {
            return new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            strategy.Refuse(
                strategy.Find("regex") ?? strategy.Node, "regex is no regular expression that can be matched in bounded time");
            return null;
        }
    }
}
