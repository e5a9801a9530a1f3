using Kombo.Core.Resources;

namespace Kombo.Operator.Tests.Support;

static class Conditions
{
    extension(IntegrationStatus status)
    {
        public Condition? Find(string type) => status.Conditions?.FirstOrDefault(condition => condition.Type == type);

        /// <summary><c>True/Succeeded</c>; null while the condition is not there.</summary>
        public string? Text(string type) =>
            status.Find(type) is { } condition ? $"{condition.Status}/{condition.Reason}" : null;
    }
}
