using System.Collections.Immutable;
using System.Globalization;

namespace Kombo.Connectors.Expressions;

/// <summary>Compiles the inside of <c>{{ }}</c>, a small subset of Jinja, to a tree. Names and functions that are not known
/// are refused here, not when the expression is evaluated.</summary>
sealed class ExpressionParser
{
    const int DeepestNesting = 50;
    static readonly string[] Words = ["if", "else", "and", "or", "not", "in", "is"];
    readonly List<Token> tokens;
    readonly ExpressionNames names;
    readonly List<ImmutableArray<string>> recordPaths = [];
    int at;
    int depth;

    ExpressionParser(string text, ExpressionNames names) => (tokens, this.names) = (Tokenizer.Split(text), names);

    /// <exception cref="ExpressionException">It is not in the supported subset.</exception>
    public static (Node Node, ImmutableArray<ImmutableArray<string>> RecordPaths) Parse(string text, ExpressionNames names)
    {
        var parser = new ExpressionParser(text, names);
        var node = parser.Choice();
        if (parser.Current.Kind != TokenKind.End)
            throw new ExpressionException($"\"{parser.Current.Text}\" is not expected there");
        return (node, [.. parser.recordPaths]);
    }

    Token Current => tokens[at];

    bool Take(string symbolOrWord)
    {
        if (!Current.Is(symbolOrWord))
            return false;
        at++;
        return true;
    }

    void Expect(string symbol)
    {
        if (!Take(symbol))
            throw new ExpressionException($"\"{symbol}\" is missing before {Shown(Current)}");
    }

    static string Shown(Token token) => token.Kind == TokenKind.End ? token.Text : $"\"{token.Text}\"";

    Node Choice()
    {
        if (++depth > DeepestNesting)
            throw new ExpressionException("it is nested too deeply");
        var then = Or();
        while (Take("if"))
        {
            var condition = Or();
            then = new ChoiceNode(condition, then, Take("else") ? Choice() : null);
        }

        depth--;
        return then;
    }

    Node Or()
    {
        var left = And();
        while (Take("or"))
            left = new OrNode(left, And());
        return left;
    }

    Node And()
    {
        var left = Not();
        while (Take("and"))
            left = new AndNode(left, Not());
        return left;
    }

    Node Not() => Take("not") ? new NotNode(Not()) : Comparison();

    Node Comparison()
    {
        var left = Sum();
        while (true)
            if (Array.Find(["==", "!=", "<", "<=", ">", ">=", "in"], Current.Is) is { } symbol && Take(symbol))
                left = new OperatorNode(symbol, left, Sum());
            else if (Current.Is("not") && tokens[at + 1].Is("in"))
            {
                at += 2;
                left = new NotNode(new OperatorNode("in", left, Sum()));
            }
            else if (Take("is"))
                left = Test(left);
            else
                return left;
    }

    Node Test(Node of)
    {
        var negated = Take("not");
        var test = Name("after is").ToLowerInvariant();
        if (test is not ("defined" or "none"))
            throw new ExpressionException($"\"is {test}\" is not supported; supported are: is defined, is none");
        var node = new TestNode(of, test);
        return negated ? new NotNode(node) : node;
    }

    Node Sum()
    {
        var left = Joined();
        while (Array.Find(["+", "-"], Current.Is) is { } symbol && Take(symbol))
            left = new OperatorNode(symbol, left, Joined());
        return left;
    }

    Node Joined()
    {
        var left = Product();
        while (Take("~"))
            left = new OperatorNode("~", left, Product());
        return left;
    }

    Node Product()
    {
        var left = Unary();
        while (Array.Find(["*", "//", "%"], Current.Is) is { } symbol && Take(symbol))
            left = new OperatorNode(symbol, left, Unary());
        return left;
    }

    Node Unary() => Take("-") ? new MinusNode(Unary()) : Filtered();

    Node Filtered()
    {
        var node = Postfix();
        while (Take("|"))
        {
            var name = Name("after |");
            node = Call(Functions.Filters, "filter", name == "d" ? "default" : name, [node, .. Current.Is("(") ? Arguments() : []]);
        }

        return node;
    }

    Node Postfix()
    {
        var node = Primary(out var path);
        while (true)
            if (Take("."))
            {
                var name = Name("after .");
                node = Current.Is("(")
                    ? Method(node, name, ref path)
                    : Below(node, new Literal(Value.Of(name)), path?.Add(name), ref path);
            }
            else if (Current.Is("["))
                node = Bracket(node, ref path);
            else
                break;
        if (path is { } known)
            recordPaths.Add(known);
        return node;
    }

    CallNode Method(Node node, string name, ref ImmutableArray<string>? path)
    {
        var arguments = Arguments();
        if (path is { } known)
            recordPaths.Add(known); // all of it may be looked at
        path = null;
        return Call(Functions.Methods, "method", name, [node, .. arguments]);
    }

    MemberNode Bracket(Node node, ref ImmutableArray<string>? path)
    {
        Expect("[");
        var constant = Current.Kind == TokenKind.Text ? Current.Text : null;
        var key = Choice();
        Expect("]");
        if (constant is null && path is { } known)
            recordPaths.Add(known);
        return Below(node, key, constant is null ? null : path?.Add(constant), ref path);
    }

    MemberNode Below(Node node, Node key, ImmutableArray<string>? deeper, ref ImmutableArray<string>? path)
    {
        path = deeper;
        var name = key is Literal ? key.Evaluate(default).ToString() : "";
        if (node is RootNode { Root: Roots.Config } && !names.Settings.Contains(name))
            throw new ExpressionException($"config has no \"{name}\": add it to the properties of the connection specification");
        if (node is RootParameters && !names.Parameters.ContainsKey(name))
            throw new ExpressionException($"no $parameters here hold a \"{name}\"");
        return new MemberNode(node, key);
    }

    Node Primary(out ImmutableArray<string>? path)
    {
        path = null;
        var token = Current;
        at++;
        switch (token.Kind)
        {
            case TokenKind.Text:
                return new Literal(Value.Of(token.Text));
            case TokenKind.Number
                when decimal.TryParse(token.Text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number):
                return new Literal(Value.Of(number));
            case TokenKind.Symbol when token.Text == "(":
                var inner = Choice();
                Expect(")");
                return inner;
            case TokenKind.Symbol when token.Text == "[":
                return List();
            case TokenKind.Name when !Words.Contains(token.Text):
                return Named(token.Text, out path);
            default:
                throw new ExpressionException($"a value is missing before {Shown(token)}");
        }
    }

    ListNode List()
    {
        var items = new List<Node>();
        while (!Take("]"))
        {
            if (items.Count > 0)
                Expect(",");
            items.Add(Choice());
        }

        return new ListNode(items);
    }

    Node Named(string name, out ImmutableArray<string>? path)
    {
        path = null;
        if (name is "true" or "True" or "false" or "False")
            return new Literal(Value.Of(name is "true" or "True"));
        if (name is "none" or "None" or "null")
            return new Literal(Value.Null);
        if (Current.Is("("))
            return Call(Functions.Free, "function", name, Arguments());
        if (name == "parameters")
            return new RootParameters(names.Parameters);
        if (!ExpressionNames.ByName.TryGetValue(name, out var root) || !names.Allowed.HasFlag(root))
            throw new ExpressionException($"the name \"{name}\" is not known here; known are: {names.Known}");
        path = root == Roots.Record ? [] : null;
        return new RootNode(root);
    }

    static CallNode Call(ImmutableSortedDictionary<string, Function> table, string kind, string name, List<Node> arguments)
    {
        if (!table.TryGetValue(name, out var function))
            throw new ExpressionException($"the {kind} \"{name}\" is not supported; supported are: {string.Join(", ", table.Keys)}");
        if (arguments.Count < function.Least || arguments.Count > function.Most)
            throw new ExpressionException($"the {kind} \"{name}\" has a wrong number of arguments");
        return new CallNode(function, arguments);
    }

    List<Node> Arguments()
    {
        Expect("(");
        var arguments = new List<Node>();
        while (!Take(")"))
        {
            if (arguments.Count > 0)
                Expect(",");
            arguments.Add(Choice());
        }

        return arguments;
    }

    string Name(string place) => Current.Kind == TokenKind.Name
        ? tokens[at++].Text
        : throw new ExpressionException($"a name is missing {place}");

    /// <summary>The component's $parameters, which are constants.</summary>
    sealed class RootParameters(ImmutableDictionary<string, string> parameters) : Node
    {
        public override Value Evaluate(in EvaluationScope scope) => Value.Of(new Map(parameters));

        sealed class Map(ImmutableDictionary<string, string> parameters) : ValueMap
        {
            public override Value Find(string name) =>
                parameters.TryGetValue(name, out var value) ? Value.Of(value) : Value.Undefined;
        }
    }
}
