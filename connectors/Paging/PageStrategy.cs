using Kombo.Connectors.Expressions;

namespace Kombo.Connectors.Paging;

/// <summary>How the pages of a list follow each other. Pure: from an answer to what asks for the next one.</summary>
/// <param name="PageSize">Rows asked for; null where the source decides.</param>
abstract record PageStrategy(int? PageSize)
{
    /// <summary>What asks for the first page; null where the first request says nothing.</summary>
    public virtual Value? First => null;

    /// <param name="current">What asked for this page; null for a first page that was not asked for by anything.</param>
    /// <param name="rows">Rows of this page, before any filter.</param>
    /// <param name="scope">With response, headers, last_record and last_page_size.</param>
    /// <returns>Null after the last page.</returns>
    public abstract Value? Next(Value? current, int rows, in EvaluationScope scope);

    /// <summary>The source does not tell where the list ends: a page without rows does, and one with fewer than were asked for
    /// may. Some sources send fewer than they are asked for, or leave rows out after they have cut the page.</summary>
    public virtual bool EndsUntold => false;

    /// <summary>The list may end with this page.</summary>
    public bool IsShort(int rows) => EndsUntold && rows < PageSize;

    /// <summary>Page numbers.</summary>
    public sealed record Increment(int? PageSize, int Start, bool OnFirst) : PageStrategy(PageSize)
    {
        public override Value? First => OnFirst ? Value.Of((decimal)Start) : null;

        public override bool EndsUntold => true;

        public override Value? Next(Value? current, int rows, in EvaluationScope scope) =>
            rows == 0 ? null : Value.Of((current?.Number ?? Start) + 1);
    }

    /// <summary>Rows to skip: advances by what came, as a source may send fewer than it was asked for.</summary>
    public sealed record Offset(int? PageSize, bool OnFirst) : PageStrategy(PageSize)
    {
        public override Value? First => OnFirst ? Value.Of(0m) : null;

        public override bool EndsUntold => true;

        public override Value? Next(Value? current, int rows, in EvaluationScope scope) =>
            rows == 0 ? null : Value.Of((current?.Number ?? 0) + rows);
    }

    /// <summary>A token, a number or an address that the answer tells.</summary>
    public sealed record Cursor(int? PageSize, Template Token, Template? Stop) : PageStrategy(PageSize)
    {
        public override Value? Next(Value? current, int rows, in EvaluationScope scope)
        {
            if (Stop?.IsTrue(scope) == true)
                return null;
            var token = Token.Evaluate(scope);
            return ValueRules.IsTrue(token) ? token : null;
        }
    }
}
