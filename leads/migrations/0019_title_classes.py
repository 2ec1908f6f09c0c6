"""The first classes of job titles, in English, Hebrew and Russian: what they say of seniority and function."""

from typing import Any

from django.db import migrations

SENIORITY = [
    (
        "assistant",
        "Assistant",
        """assistant to|assistants to|assistant of|executive assistant|personal assistant|administrative assistant
        office assistant|pa to|ea to|secretary|adviser to|advisor to|office of the
        עוזר|עוזרת|מזכיר|מזכירה|מזכירת|לשכת
        ассистент*|помощник*|помощница|секретар*|референт*""",
    ),
    (
        "c_level",
        "C level",
        """ceo|cfo|cto|cio|ciso|cso|coo|cmo|cro|cpo|cdo|chro|cco|cao|clo|c-level|c level
        chief executive|chief financial|chief finance|chief technology|chief technical|chief information
        chief security|chief operating|chief operations|chief marketing|chief revenue|chief commercial|chief sales
        chief product|chief digital|chief data|chief analytics|chief people|chief human|chief hr|chief legal
        chief risk|chief compliance|chief strategy|chief growth|chief customer|chief accounting|chief investment
        general manager|managing director|managing partner|executive director|co-owner|founder
        co-founder|cofounder|proprietor
        מנכ״ל|מנכ"ל|מנכ''ל|מנכלית|מנכ״לית|מנכ"לית|סמנכ״ל כספים|סמנכ"ל כספים|סמנכ״לית כספים|סמנכ"לית כספים
        סמנכ״ל טכנולוגיות|סמנכ"ל טכנולוגיות|סמנכ״ל תפעול|סמנכ"ל תפעול|סמנכ״ל שיווק|סמנכ"ל שיווק
        סמנכ״ל מערכות מידע|סמנכ"ל מערכות מידע|מייסד|מייסדת|מייסד שותף|מייסדת שותפה
        генеральный директор|генеральная директор|гендиректор|финансовый директор|технический директор
        исполнительный директор|операционный директор|коммерческий директор|директор по информационным технологиям
        директор по информационной безопасности|директор по маркетингу|директор по персоналу|управляющий директор
        управляющий партнер|управляющий партнёр|учредитель|основатель|основательница|сооснователь""",
    ),
    (
        "vp",
        "Vice president",
        """vp|svp|evp|avp|vps|vice president|vicepresident
        סמנכ״ל|סמנכ"ל|סמנכ''ל|סמנכ״לית|סמנכ"לית|סגן נשיא|סגנית נשיא|משנה למנכ״ל|משנה למנכ"ל
        вице-президент|заместитель генерального директора|зам генерального директора|замгендиректора""",
    ),
    (
        "director",
        "Director",
        "director|directors|controller|treasurer|דירקטור|דירקטורית|חשב|חשבת|גזבר|גזברית|директор|директриса",
    ),
    (
        "head",
        "Head or manager",
        """head|head of|chief of staff|manager|managers|team lead|team leader|tech lead|supervisor|lead|leader
        superintendent|foreman|product owner|process owner|data owner|system owner
        chief accountant|chief engineer|chief architect
        ראש|ראש צוות|ראשת צוות|מנהל|מנהלת|אחראי|אחראית|רכז|רכזת
        руководитель|начальник|начальница|заведующий|заведующая|менеджер|управляющий|управляющая|тимлид|лидер
        главный бухгалтер|главбух|главный инженер|бригадир""",
    ),
    (
        "president",
        "President or owner",
        """president|chairman|chairwoman|chairperson|owner|נשיא|נשיאה|יו״ר|יו"ר|בעלים
        президент|председатель|владелец|владелица|собственник""",
    ),
    (
        "senior",
        "Senior",
        """senior|sr|principal|expert|staff engineer|architect|בכיר|בכירה|מומחה|מומחית|старший
        старшая|ведущий|ведущая|эксперт""",
    ),
    (
        "staff",
        "Staff",
        """accountant*|bookkeeper*|analyst*|administrator*|admin|engineer*|developer*|programmer*|technician*
        specialist*
        consultant*|representative*|associate*|coordinator*|clerk*|officer*|designer*|executive|agent*|junior|jr
        intern|trainee|student|assistant
        רואה חשבון|רואת חשבון|אנליסט|אנליסטית|מהנדס|מהנדסת|מפתח|מפתחת
        מתכנת|מתכנתת|טכנאי|טכנאית|יועץ|יועצת|נציג|נציגה|נציגת|פקיד|פקידה|פקידת|מתאם|מתאמת|מתמחה|סטודנט|סטודנטית
        бухгалтер*|аналитик*|администратор*|инженер*|разработчик*|программист*|техник|специалист*|консультант*
        представитель|координатор*|оператор*|дизайнер*|стажер*|стажёр*|студент*|младший|младшая""",
    ),
]

FUNCTION = [
    (
        "finance",
        "Finance",
        """cfo|finance|financial|financials|accounting|accountant*|accounts|bookkeep*|controller|comptroller|treasur*
        tax|audit*|payroll|billing|fp&a|chief accounting
        כספים|פיננסי|פיננסית|פיננסים|חשבונאות|רואה חשבון|רואת חשבון|חשב|חשבת|חשבות|הנהלת חשבונות|מנהל חשבונות
        מנהלת חשבונות|גזבר|גזברית|שכר|תקציב|תקציבים|ביקורת
        финанс*|бухгалтер*|главбух|казнач*|налог*|аудит*|бюджет*|экономист*""",
    ),
    (
        "security",
        "Security",
        """ciso|cso|security|infosec|cyber|cybersecurity|cyber-security|soc|penetration|appsec|devsecops|chief security
        אבטחה|אבטחת|סייבר|אבטחת מידע
        безопасност*|кибербезопасност*|иб""",
    ),
    (
        "hr",
        "Human resources",
        """hr|chro|human resources|human capital|people|people operations|talent|recruit*|recruiting|hrbp|chief people
        משאבי אנוש|מש״א|מש"א|גיוס|הון אנושי|רווחה
        кадр*|персонал*|hr-менеджер|рекрут*|подбор*""",
    ),
    (
        "legal",
        "Legal",
        """legal|counsel|lawyer*|attorney*|solicitor*|paralegal*|compliance|privacy|clo|dpo
        משפטי|משפטית|משפטים|עו״ד|עו"ד|עורך דין|עורכת דין|יועץ משפטי|יועצת משפטית|ציות
        юрис*|юридическ*|адвокат*|комплаенс""",
    ),
    (
        "marketing",
        "Marketing",
        """cmo|marketing|brand|content|seo|ppc|communications|pr|public relations|demand generation|growth
        digital marketing
        social media|campaign*|advertis*|chief marketing
        שיווק|שיווקי|שיווקית|מותג|תוכן|פרסום|יחסי ציבור|יח״צ|יח"צ
        маркетинг*|маркетолог*|бренд*|реклам*|пиар|контент*""",
    ),
    (
        "sales",
        "Sales",
        """cro|sales|account executive|account manager|account director|business development|bdr|sdr|revenue|commercial
        key account|customer success|presales|pre-sales
        מכירות|פיתוח עסקי|מנהל לקוחות|מנהלת לקוחות|קשרי לקוחות|סחר
        продаж*|коммерческ*|развитию бизнеса|развития бизнеса|сбыт*""",
    ),
    (
        "it",
        "IT",
        """cio|it|information technology|information systems|ict|mis|systems administrator
        system administrator|sysadmin*
        network|networks|infrastructure|helpdesk|help desk|desktop support|database administrator|dba|cloud|erp|crm
        מערכות מידע|טכנולוגיות מידע|טכנולוגית מידע|תקשוב|מנמ״ר|מנמ"ר|תשתיות|רשתות|מחשוב|מנהל רשת|איש סיסטם|סיסטם
        ит|айти|информационных технологий|информационным технологиям|информационных систем|сисадмин*
        системный администратор|инфраструктур*""",
    ),
    (
        "engineering",
        "Engineering",
        """cto|engineering|engineer*|developer*|development|programmer*|software|architect*|devops|qa|r&d|research
        research and development|technical|technology|data scientist|product|cpo|chief technology
        פיתוח|מו״פ|מו"פ|הנדסה|מהנדס|מהנדסת|תוכנה|מפתח|מפתחת|מתכנת|מתכנתת|טכנולוגיה|טכנולוגיות|מוצר|ארכיטקט|ארכיטקטית
        инженер*|разработ*|программист*|технический|техническ*|архитектор*|ниокр|продукт*""",
    ),
    (
        "operations",
        "Operations",
        """coo|operations|operational|operating|logistics|supply chain|procurement|purchasing|buyer*
        warehouse|production
        manufacturing|plant|quality|facilities|office manager|administration|back office
        תפעול|תפעולי|תפעולית|לוגיסטיקה|רכש|שרשרת אספקה|ייצור|איכות|מחסן|אדמיניסטרציה|מנהל משרד|מנהלת משרד
        операцион*|логист*|закуп*|снабжен*|производств*|склад*|качеств*|административн*""",
    ),
    (
        "executive",
        "Executive management",
        """ceo|chief executive|managing director|managing partner|general manager|president|owner|co-owner|founder
        co-founder|cofounder|chairman|chairwoman|chairperson|board|partner|executive director|proprietor
        מנכ״ל|מנכ"ל|מנכ''ל|מנכ״לית|מנכ"לית|מנכלית|נשיא|נשיאה|בעלים|מייסד|מייסדת|יו״ר|יו"ר|דירקטור|דירקטורית|שותף|שותפה
        генеральный директор|генеральная директор|гендиректор|исполнительный директор|управляющий директор|президент
        председатель|учредитель|основатель|основательница|сооснователь|владелец|владелица|собственник|партнер
        партнёр""",
    ),
]


def words_of(text: str) -> list[str]:
    """The words of a class, as written above: by line, with | between."""
    return list(dict.fromkeys(word.strip() for line in text.splitlines() for word in line.split("|")))


def add_classes(apps: Any, schema_editor: Any) -> None:
    """Add the classes; an organisation that made some of its own keeps those alone."""
    title_class = apps.get_model("leads", "TitleClass")
    if title_class.objects.exists():
        return
    title_class.objects.bulk_create(
        title_class(kind=kind, slug=slug, label=label, words=words_of(text), position=position)
        for kind, classes in (("seniority", SENIORITY), ("function", FUNCTION))
        for position, (slug, label, text) in enumerate(classes, start=1)
    )


class Migration(migrations.Migration):
    """Rows only; nobody's score rests on them yet."""

    dependencies = [("leads", "0018_segments_and_titles")]

    operations = [migrations.RunPython(add_classes, migrations.RunPython.noop)]
