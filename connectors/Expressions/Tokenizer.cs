using System.Text;

namespace Kombo.Connectors.Expressions;

enum TokenKind
{
    Name,
    Number,
    Text,
    Symbol,
    End,
}

/// <param name="Text">A text's value without quotes; else as written.</param>
readonly record struct Token(TokenKind Kind, string Text)
{
    public bool Is(string symbolOrWord) => Kind is TokenKind.Symbol or TokenKind.Name && Text == symbolOrWord;
}

/// <summary>Splits the inside of <c>{{ }}</c> into tokens.</summary>
static class Tokenizer
{
    static readonly string[] TwoCharacters = ["==", "!=", "<=", ">=", "//"];

    public static List<Token> Split(string text)
    {
        var tokens = new List<Token>();
        var at = 0;
        while (at < text.Length)
            if (char.IsWhiteSpace(text[at]))
                at++;
            else
                tokens.Add(Next(text, ref at));
        tokens.Add(new Token(TokenKind.End, "the end"));
        return tokens;
    }

    static Token Next(string text, ref int at)
    {
        var first = text[at];
        if (first is '\'' or '"')
            return new Token(TokenKind.Text, Quoted(text, ref at));
        if (char.IsAsciiDigit(first))
            return new Token(TokenKind.Number, While(text, ref at, c => char.IsAsciiDigit(c) || c == '.'));
        if (char.IsAsciiLetter(first) || first == '_')
            return new Token(TokenKind.Name, While(text, ref at, c => char.IsAsciiLetterOrDigit(c) || c == '_'));
        var symbol = TwoCharacters.Contains(text[at..Math.Min(at + 2, text.Length)]) ? text[at..(at + 2)] : first.ToString();
        if (symbol.Length == 1 && !"+-*%~<>()[].,|".Contains(first))
            throw new ExpressionException($"\"{symbol}\" is not understood");
        at += symbol.Length;
        return new Token(TokenKind.Symbol, symbol);
    }

    static string While(string text, ref int at, Predicate<char> belongs)
    {
        var start = at;
        while (at < text.Length && belongs(text[at]))
            at++;
        return text[start..at];
    }

    static string Quoted(string text, ref int at)
    {
        var quote = text[at++];
        var value = new StringBuilder();
        for (; at < text.Length && text[at] != quote; at++)
            value.Append(text[at] == '\\' && at + 1 < text.Length ? Escaped(text[++at]) : text[at]);
        if (at >= text.Length)
            throw new ExpressionException("a text in quotes does not end");
        at++;
        return value.ToString();
    }

    static char Escaped(char escaped) => escaped switch
    {
        'n' => '\n',
        't' => '\t',
        '\\' or '\'' or '"' => escaped,
        _ => throw new ExpressionException($"\"\\{escaped}\" is not understood; a backslash is written \\\\"),
    };
}
