using System.Data;
using System.Runtime.CompilerServices;
using Dapper;

namespace Kombo.Storage.Tests.Support;

/// <summary>Tests ask the database by Dapper, so that the product's own way to ask does not judge itself.</summary>
static class TestStatements
{
    [ModuleInitializer]
    public static void SetUp()
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        SqlMapper.AddTypeHandler(new InstantHandler());
    }

    sealed class InstantHandler : SqlMapper.TypeHandler<DateTimeOffset>
    {
        public override DateTimeOffset Parse(object value) => new(DateTime.SpecifyKind((DateTime)value, DateTimeKind.Utc));

        public override void SetValue(IDbDataParameter parameter, DateTimeOffset value) => parameter.Value = value.ToUniversalTime();
    }
}
