using Kombo.Connectors.Expressions;
using Kombo.Connectors.Http;
using Kombo.Connectors.Paging;

namespace Kombo.Connectors.Manifest;

/// <summary>Reads paginators and their strategies.</summary>
static class PaginatorReader
{
    const Roots Answer = Roots.Config | Roots.Response | Roots.Headers | Roots.LastRecord | Roots.LastPageSize;

    /// <returns>Null for NoPagination.</returns>
    public static Paginator? Read(Component paginator)
    {
        var type = paginator.Type("DefaultPaginator");
        if (type is not ("DefaultPaginator" or "NoPagination"))
            paginator.RefuseType(type, "a paginator", "DefaultPaginator", "NoPagination");
        var read = type == "DefaultPaginator" ? Default(paginator) : null;
        paginator.Close();
        return read;
    }

    static Paginator? Default(Component paginator)
    {
        if (paginator.Child("pagination_strategy") is not { } strategy)
        {
            paginator.Refuse(paginator.Node, "pagination_strategy is missing");
            return null;
        }

        var size = paginator.Child("page_size_option") is { } option ? AuthenticatorReader.Option(option) : null;
        var (token, isPath) = Token(paginator);
        var read = Strategy(strategy);
        if (size is not null && read is { PageSize: null })
            paginator.Refuse(strategy.Node, "page_size is missing, which page_size_option is to send");
        if (isPath && read is not PageStrategy.Cursor)
            paginator.Refuse(paginator.Node, "RequestPath needs a CursorPagination, whose cursor_value is the next address");
        return read is null ? null : new Paginator(read, token, size);
    }

    static (RequestOption? Option, bool IsPath) Token(Component paginator)
    {
        if (paginator.Child("page_token_option") is not { } option)
        {
            paginator.Refuse(paginator.Node, "page_token_option is missing: a RequestOption or RequestPath");
            return (null, false);
        }

        if (option.Type("RequestOption") != "RequestPath")
            return (AuthenticatorReader.Option(option), false);
        option.Close();
        return (null, true);
    }

    static PageStrategy? Strategy(Component strategy)
    {
        PageStrategy? read = strategy.Type(null) switch
        {
            "PageIncrement" => new PageStrategy.Increment(
                strategy.Number("page_size"), strategy.Number("start_from_page") ?? 0, strategy.Flag("inject_on_first_request")),
            "OffsetIncrement" => new PageStrategy.Offset(strategy.Number("page_size"), strategy.Flag("inject_on_first_request")),
            "CursorPagination" => Cursor(strategy),
            var type => Other(strategy, type),
        };
        if (read is not null)
            strategy.Close();
        return read;
    }

    static PageStrategy? Other(Component strategy, string? type)
    {
        strategy.RefuseType(type, "a pagination strategy", "PageIncrement", "OffsetIncrement", "CursorPagination");
        return null;
    }

    static PageStrategy.Cursor Cursor(Component strategy)
    {
        var value = strategy.Condition("cursor_value", Answer);
        if (value is null)
            strategy.Refuse(strategy.Node, "cursor_value is missing");
        return new PageStrategy.Cursor(
            strategy.Number("page_size"), value ?? Template.Constant(""), strategy.Condition("stop_condition", Answer));
    }
}
