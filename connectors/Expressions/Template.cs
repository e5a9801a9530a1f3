using System.Collections.Immutable;
using System.Text;

namespace Kombo.Connectors.Expressions;

/// <summary>A text of a definition that may hold <c>{{ expressions }}</c>, compiled once.</summary>
sealed class Template
{
    readonly ImmutableArray<Node> parts;

    Template(ImmutableArray<Node> parts, ImmutableArray<ImmutableArray<string>> recordPaths, bool isConstant) =>
        (this.parts, RecordPaths, IsConstant) = (parts, recordPaths, isConstant);

    /// <summary>There is no expression in it.</summary>
    public bool IsConstant { get; }

    /// <summary>The paths below <c>record</c> that it reads; an empty one stands for the whole record.</summary>
    public ImmutableArray<ImmutableArray<string>> RecordPaths { get; }

    /// <exception cref="ExpressionException">An expression is not in the supported subset.</exception>
    public static Template Compile(string text, ExpressionNames names)
    {
        if (text.Contains("{%", StringComparison.Ordinal) || text.Contains("{#", StringComparison.Ordinal))
            throw new ExpressionException("statements {% %} and comments {# #} are not supported, only expressions {{ }}");
        var parts = ImmutableArray.CreateBuilder<Node>();
        var paths = ImmutableArray.CreateBuilder<ImmutableArray<string>>();
        var (at, isConstant) = (0, true);
        while (text.IndexOf("{{", at, StringComparison.Ordinal) is >= 0 and var open)
        {
            AddText(parts, text[at..open]);
            var close = End(text, open + 2);
            var (node, read) = ExpressionParser.Parse(text[(open + 2)..close], names);
            parts.Add(node);
            paths.AddRange(read);
            (at, isConstant) = (close + 2, false);
        }

        AddText(parts, text[at..]);
        return new Template(parts.ToImmutable(), paths.ToImmutable(), isConstant);
    }

    public static Template Constant(string text) => new([new Literal(Value.Of(text))], [], isConstant: true);

    /// <summary>The value itself where the template is one expression, else text.</summary>
    public Value Evaluate(in EvaluationScope scope) => parts.Length == 1 ? parts[0].Evaluate(scope) : Value.Of(Text(scope));

    public bool IsTrue(in EvaluationScope scope) => ValueRules.IsTrue(Evaluate(scope));

    /// <summary>As text; what is null or undefined adds nothing.</summary>
    public string Text(in EvaluationScope scope)
    {
        if (parts.Length == 1)
            return parts[0].Evaluate(scope).ToString();
        var text = new StringBuilder();
        foreach (var part in parts)
            text.Append(part.Evaluate(scope));
        return text.ToString();
    }

    /// <summary>As text; null if any of its expressions gives nothing, so that no id is made of half its parts.</summary>
    public string? WholeText(in EvaluationScope scope)
    {
        var text = new StringBuilder();
        foreach (var part in parts)
        {
            var piece = part.Evaluate(scope).ToString();
            if (piece.Length == 0)
                return null;
            text.Append(piece);
        }

        return text.ToString();
    }

    /// <summary>As text without white space around it; null if none of its expressions gives anything.</summary>
    public string? TextIfAny(in EvaluationScope scope)
    {
        var text = new StringBuilder();
        var any = false;
        foreach (var part in parts)
        {
            var piece = part.Evaluate(scope).ToString();
            any |= part is not Literal && piece.Length > 0;
            text.Append(piece);
        }

        return any ? text.ToString().Trim() : null;
    }

    static void AddText(ImmutableArray<Node>.Builder parts, string text)
    {
        if (text.Length > 0)
            parts.Add(new Literal(Value.Of(text)));
    }

    // Quotes are skipped, so that a text may hold braces.
    static int End(string text, int from)
    {
        char? quote = null;
        for (var i = from; i < text.Length - 1; i++)
            if (quote is { } open)
            {
                if (text[i] == '\\')
                    i++;
                else if (text[i] == open)
                    quote = null;
            }
            else if (text[i] is '\'' or '"')
                quote = text[i];
            else if (text[i] == '}' && text[i + 1] == '}')
                return i;
        throw new ExpressionException("an expression does not end with }}");
    }
}
